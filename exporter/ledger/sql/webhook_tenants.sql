SELECT DISTINCT tenant FROM webhook_endpoints WHERE paused_at IS NULL AND ($1 = '' OR tenant = $1)
