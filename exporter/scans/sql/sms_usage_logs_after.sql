SELECT id, user_id, message_direction, message_length, success, processing_time_ms, error_message, created_at
FROM :table
WHERE id > $1
ORDER BY id
LIMIT $2
