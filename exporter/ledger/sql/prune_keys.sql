DELETE FROM event_keys WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM event_keys WHERE received_on < (now() AT TIME ZONE 'UTC')::date - $1::integer LIMIT 10000
))
