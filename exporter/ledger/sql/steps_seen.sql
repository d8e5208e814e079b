-- Of these messages, what was counted and for which tenant. The walk from tenant to tenant uses the key of messages,
-- which leads with tenant; tenants are few.
WITH RECURSIVE tenants (tenant) AS (
    SELECT min(tenant) FROM messages
    UNION ALL
    SELECT (SELECT min(m.tenant) FROM messages m WHERE m.tenant > t.tenant) FROM tenants t WHERE t.tenant IS NOT NULL
)
SELECT m.tenant, m.message_id, m.seen
FROM tenants t JOIN messages m ON m.tenant = t.tenant AND m.message_id = ANY ($1)
WHERE m.provider = $2
ORDER BY m.first_at DESC
