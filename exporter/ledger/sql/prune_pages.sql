DELETE FROM pages WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM pages WHERE closed_at < now() - make_interval(days => $1) LIMIT 10000
))
