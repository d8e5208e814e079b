-- One notification of many users, for the next $2 of them. The role of the users decides as that of a reader would;
-- webhook endpoints belong to administrators of a tenant.
WITH due AS (
    SELECT tenant, id, role, type, channels, planned_tenant, planned_user FROM notifications
    WHERE NOT planned AND user_id IS NULL AND deliver_at <= clock_timestamp()
    ORDER BY deliver_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
), recipients AS (
    (
        SELECT u FROM due d
        JOIN notification_users u ON u.tenant = d.tenant AND u.user_id > d.planned_user
        WHERE d.tenant <> '' AND d.channels && $1
        ORDER BY u.user_id
        LIMIT $2
    )
    UNION ALL
    (
        SELECT u FROM due d
        JOIN notification_users u ON (u.tenant, u.user_id) > (d.planned_tenant, d.planned_user)
        WHERE d.tenant = '' AND d.channels && $1
        ORDER BY u.tenant, u.user_id
        LIMIT $2
    )
), deliveries AS (
    INSERT INTO notification_deliveries (tenant, user_id, notification_tenant, notification_id, channel, due_at)
    SELECT (r.u).tenant, (r.u).user_id, d.tenant, d.id, c.channel, clock_timestamp()
    FROM due d
    CROSS JOIN recipients r
    CROSS JOIN LATERAL unnest(d.channels) AS c (channel)
    WHERE c.channel = ANY ($1) AND is_wanted_by(r.u, d.type, c.channel)
        AND array_position($3, d.role) <= array_position($3, (r.u).role)
    ON CONFLICT DO NOTHING
), last AS (
    SELECT (u).tenant, (u).user_id FROM recipients ORDER BY 1 DESC, 2 DESC LIMIT 1
)
UPDATE notifications n SET
    planned = (SELECT count(*) FROM recipients) < $2,
    planned_tenant = coalesce((SELECT tenant FROM last), n.planned_tenant),
    planned_user = coalesce((SELECT user_id FROM last), n.planned_user)
FROM due d WHERE n.tenant = d.tenant AND n.id = d.id
RETURNING
    n.tenant, n.id, n.user_id, n.type, n.title, n.message, n.data, n.created_at, n.planned,
    'webhook' = ANY (n.channels) AND n.role <> 'admin' AS is_for_webhooks
