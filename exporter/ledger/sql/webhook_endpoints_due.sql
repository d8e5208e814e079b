-- Those that have waited longest first.
SELECT e.tenant, e.endpoint_id
FROM webhook_endpoints e
CROSS JOIN LATERAL (
    SELECT due_at FROM webhook_deliveries d
    WHERE d.tenant = e.tenant AND d.endpoint_id = e.endpoint_id AND d.delivered_at IS NULL AND d.dead_at IS NULL
        AND d.due_at <= now() AND (d.claimed_until IS NULL OR d.claimed_until < now())
    ORDER BY due_at
    LIMIT 1
) AS first
WHERE e.paused_at IS NULL
ORDER BY first.due_at
LIMIT $1
