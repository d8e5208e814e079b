-- Source: seed document 003 names the table ("user engagement patterns"); columns and types are those of the same
-- application's public migration ("Create Comprehensive Analytics System", 2025-01-27).
CREATE TABLE users (id serial PRIMARY KEY);

CREATE TABLE user_engagement_metrics (
    id varchar(36) PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    total_messages_received integer DEFAULT 0,
    total_messages_engaged integer DEFAULT 0,
    total_messages_ignored integer DEFAULT 0,
    sms_engagement_count integer DEFAULT 0,
    email_engagement_count integer DEFAULT 0,
    push_engagement_count integer DEFAULT 0,
    in_app_engagement_count integer DEFAULT 0,
    engagement_by_hour jsonb,
    engagement_by_day jsonb,
    engagement_by_month jsonb,
    alert_type_engagement jsonb,
    avg_response_time_minutes float DEFAULT 0.0,
    response_time_distribution jsonb,
    engagement_trend varchar(20) DEFAULT 'stable',
    engagement_score float DEFAULT 0.0,
    optimal_frequency varchar(20),
    current_frequency varchar(20),
    frequency_effectiveness float DEFAULT 0.0,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE INDEX idx_user_engagement_user_id ON user_engagement_metrics (user_id);
CREATE INDEX idx_user_engagement_score ON user_engagement_metrics (engagement_score);
CREATE INDEX idx_user_engagement_trend ON user_engagement_metrics (engagement_trend);
