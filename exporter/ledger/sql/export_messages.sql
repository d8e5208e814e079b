SELECT
    first_at, message_id, user_id, channel, provider, direction, country, message_type, status, sent_at, delivered_at,
    cost_usd
FROM messages
WHERE tenant = $1 AND ($2::text IS NULL OR user_id = $2) AND first_at >= $3 AND first_at < $4 AND status IS NOT NULL
ORDER BY first_at, message_id
