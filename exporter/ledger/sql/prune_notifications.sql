DELETE FROM notifications WHERE (tenant, id) IN (
    SELECT tenant, id FROM notifications
    WHERE greatest(created_at, deliver_at) < now() - make_interval(days => $1)
    LIMIT 10000
)
