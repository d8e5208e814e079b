DELETE FROM parked_events WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM parked_events WHERE received_at < now() - make_interval(days => $1) LIMIT 10000
))
