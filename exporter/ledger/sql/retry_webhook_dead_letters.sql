UPDATE webhook_deliveries SET dead_at = NULL, due_at = now(), claimed_until = NULL, retried_from = attempts
WHERE tenant = $1 AND endpoint_id = $2 AND dead_at IS NOT NULL AND ($3::uuid IS NULL OR delivery_id = $3)
