DELETE FROM notification_deliveries WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM notification_deliveries WHERE planned_at < now() - make_interval(days => $1) LIMIT 10000
))
