SELECT
    endpoint_id::text, name, url, event_types, created_at, paused_at, paused_by, failing_since, succeeded_at, dropped,
    (
        SELECT count(*) FROM webhook_deliveries d
        WHERE d.tenant = e.tenant AND d.endpoint_id = e.endpoint_id AND d.delivered_at IS NULL AND d.dead_at IS NULL
    ) AS waiting,
    (
        SELECT count(*) FROM webhook_deliveries d
        WHERE d.tenant = e.tenant AND d.endpoint_id = e.endpoint_id AND d.dead_at IS NOT NULL
    ) AS dead
FROM webhook_endpoints e
WHERE tenant = $1 AND ($2::uuid IS NULL OR endpoint_id = $2)
ORDER BY name
