DELETE FROM webhook_endpoints WHERE tenant = $1 AND endpoint_id = $2
