DELETE FROM messages WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM messages
    WHERE first_at < now() - make_interval(days => $1) AND updated_at < now() - make_interval(days => $1)
    LIMIT 10000
))
