WITH due AS (
    SELECT tenant, user_id, notification_id, channel FROM notification_deliveries
    WHERE outcome IS NULL AND due_at <= clock_timestamp() AND channel = ANY ($1)
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE notification_deliveries c SET due_at = clock_timestamp() + make_interval(secs => $3), tries = c.tries + 1
    FROM due d
    WHERE c.tenant = d.tenant AND c.user_id = d.user_id AND c.notification_id = d.notification_id
        AND c.channel = d.channel
    RETURNING c.*
)
SELECT
    c.tenant, c.user_id, c.notification_id, c.channel, c.tries, n.type, n.title, n.message,
    CASE c.channel WHEN 'email' THEN u.email WHEN 'sms' THEN u.phone END AS address,
    u.time_zone, u.quiet_from, u.quiet_to, is_wanted_by(u, n.type, c.channel) AS is_wanted, c.planned_at
FROM claimed c
JOIN notification_users u ON u.tenant = c.tenant AND u.user_id = c.user_id
JOIN notifications n ON n.tenant = c.notification_tenant AND n.id = c.notification_id
