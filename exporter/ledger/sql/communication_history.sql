SELECT
    message_id, channel, provider, message_type, status, sent_at, delivered_at,
    least(opened_at, read_at) AS opened_at, cost_usd
FROM messages
WHERE tenant = $1 AND user_id = $2 AND direction = 'outbound'
ORDER BY first_at DESC, message_id
LIMIT $3
