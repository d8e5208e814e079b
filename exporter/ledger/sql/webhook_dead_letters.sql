SELECT delivery_id::text, event_type, created_at, dead_at, attempts, last_outcome
FROM webhook_deliveries
WHERE tenant = $1 AND endpoint_id = $2 AND dead_at IS NOT NULL
ORDER BY dead_at DESC
LIMIT $3
