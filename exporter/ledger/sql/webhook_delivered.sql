WITH done AS (
    UPDATE webhook_deliveries SET delivered_at = now(), claimed_until = NULL, last_outcome = $3
    WHERE tenant = $1 AND delivery_id = $2
    RETURNING endpoint_id
)
UPDATE webhook_endpoints e SET failing_since = NULL, succeeded_at = now()
FROM done WHERE e.tenant = $1 AND e.endpoint_id = done.endpoint_id
