SELECT 'waiting' AS state, count(*) AS number FROM webhook_deliveries WHERE delivered_at IS NULL AND dead_at IS NULL
UNION ALL SELECT 'dead', count(*) FROM webhook_deliveries WHERE dead_at IS NOT NULL
UNION ALL SELECT 'dropped', coalesce(sum(dropped), 0) FROM webhook_endpoints
UNION ALL SELECT 'paused', count(*) FROM webhook_endpoints WHERE paused_by IN ('failures', 'gone')
