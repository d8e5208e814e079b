-- Source: seed document 000, class SMSUsageLog and its indexes, as SQLAlchemy creates them on PostgreSQL.
CREATE TABLE users (id serial PRIMARY KEY);

CREATE TABLE sms_usage_logs (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id),
    phone_number varchar(20) NOT NULL,
    message_direction varchar(10) NOT NULL,
    message_length integer NOT NULL,
    message_content text,
    success boolean DEFAULT true,
    processing_time_ms integer,
    error_message text,
    sms_metadata json,
    created_at timestamp DEFAULT (now() AT TIME ZONE 'UTC')
);

CREATE INDEX idx_sms_usage_logs_user_id ON sms_usage_logs (user_id);
CREATE INDEX idx_sms_usage_logs_phone_number ON sms_usage_logs (phone_number);
CREATE INDEX idx_sms_usage_logs_created_at ON sms_usage_logs (created_at);
