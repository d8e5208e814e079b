DELETE FROM notification_marks WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM notification_marks WHERE marked_at < now() - make_interval(days => $1) LIMIT 10000
))
