DELETE FROM webhook_deliveries
WHERE tenant = $1 AND (user_id = $3 OR user_id ~* $2 OR encode(payload, 'escape') ~* $2)
