WITH due AS (
    SELECT tenant, id, user_id, type, channels FROM notifications
    WHERE NOT planned AND user_id IS NOT NULL AND deliver_at <= clock_timestamp()
    ORDER BY deliver_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), deliveries AS (
    INSERT INTO notification_deliveries (tenant, user_id, notification_tenant, notification_id, channel, due_at)
    SELECT u.tenant, u.user_id, d.tenant, d.id, c.channel, clock_timestamp()
    FROM due d
    JOIN notification_users u ON u.tenant = d.tenant AND u.user_id = d.user_id
    CROSS JOIN LATERAL unnest(d.channels) AS c (channel)
    WHERE c.channel = ANY ($1) AND is_wanted_by(u, d.type, c.channel)
    ON CONFLICT DO NOTHING
)
UPDATE notifications n SET planned = true
FROM due d JOIN notification_users u ON u.tenant = d.tenant AND u.user_id = d.user_id
WHERE n.tenant = d.tenant AND n.id = d.id
RETURNING
    n.tenant, n.id, n.user_id, n.type, n.title, n.message, n.data, n.created_at, n.planned,
    'webhook' = ANY (n.channels) AND is_wanted_by(u, n.type, 'webhook') AS is_for_webhooks
