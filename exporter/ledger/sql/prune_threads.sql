DELETE FROM threads WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM threads WHERE updated_at < now() - make_interval(days => $1) LIMIT 10000
))
