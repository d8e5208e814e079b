SELECT
    message_id, channel, provider, direction, status, message_type, template, cost_usd, first_at, sent_at, delivered_at,
    least(opened_at, read_at) AS opened_at, ended_at
FROM messages
WHERE tenant = $1 AND user_id = $2 AND channel IS NOT NULL AND status IS NOT NULL
    AND ($3::text IS NULL OR channel = $3) AND ($4::text IS NULL OR direction = $4)
    AND (first_at, message_id) < ($5, $6)
ORDER BY first_at DESC, message_id DESC
LIMIT $7
