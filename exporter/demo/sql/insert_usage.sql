INSERT INTO sms_usage_logs (
    id, user_id, phone_number, message_direction, message_length, success, processing_time_ms, error_message
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
