DELETE FROM conversation_states WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM conversation_states
    WHERE reached_on < (now() AT TIME ZONE 'UTC')::date - $1::integer
    LIMIT 10000
))
