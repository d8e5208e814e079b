-- Of two that come at once one may pass the limit; it is there against thousands.
INSERT INTO webhook_endpoints (tenant, name, url, event_types, secret)
SELECT $1, $2, $3, $4, $5
WHERE (SELECT count(*) FROM webhook_endpoints WHERE tenant = $1) < $6
ON CONFLICT (tenant, name) DO NOTHING
RETURNING endpoint_id
