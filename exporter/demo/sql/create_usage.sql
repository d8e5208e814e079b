CREATE TABLE IF NOT EXISTS sms_usage_logs (
    id serial PRIMARY KEY,
    user_id integer NOT NULL,
    phone_number varchar(20) NOT NULL,
    message_direction varchar(10) NOT NULL,
    message_length integer NOT NULL,
    message_content text,
    success boolean DEFAULT true,
    processing_time_ms integer,
    error_message text,
    sms_metadata json,
    created_at timestamp DEFAULT (now() AT TIME ZONE 'UTC')
)
