-- Source: seed document 003 names the table ("channel performance comparison"); columns and types are those of the same
-- application's public migration ("Create Comprehensive Analytics System", 2025-01-27).
CREATE TYPE channel_type AS ENUM ('sms', 'email', 'push', 'in_app');
CREATE TYPE user_segment AS ENUM ('new_user', 'engaged', 'at_risk', 'premium', 'enterprise', 'inactive');

CREATE TABLE channel_effectiveness (
    id varchar(36) PRIMARY KEY DEFAULT gen_random_uuid(),
    channel channel_type NOT NULL,
    alert_type varchar(50),
    user_segment user_segment,
    date date NOT NULL,
    period_type varchar(20) NOT NULL,
    messages_sent integer DEFAULT 0,
    messages_delivered integer DEFAULT 0,
    messages_opened integer DEFAULT 0,
    messages_clicked integer DEFAULT 0,
    messages_responded integer DEFAULT 0,
    messages_converted integer DEFAULT 0,
    delivery_rate float DEFAULT 0.0,
    open_rate float DEFAULT 0.0,
    click_rate float DEFAULT 0.0,
    response_rate float DEFAULT 0.0,
    conversion_rate float DEFAULT 0.0,
    engagement_rate float DEFAULT 0.0,
    total_cost numeric(10, 4) DEFAULT 0.0,
    cost_per_message numeric(10, 4) DEFAULT 0.0,
    cost_per_engagement numeric(10, 4) DEFAULT 0.0,
    cost_per_conversion numeric(10, 4) DEFAULT 0.0,
    revenue_generated numeric(12, 2) DEFAULT 0.0,
    roi_percentage float DEFAULT 0.0,
    profit_margin float DEFAULT 0.0,
    avg_response_time_minutes float DEFAULT 0.0,
    opt_out_rate float DEFAULT 0.0,
    re_engagement_rate float DEFAULT 0.0,
    vs_other_channels jsonb,
    market_benchmark float DEFAULT 0.0,
    performance_score float DEFAULT 0.0,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE INDEX idx_channel_effectiveness_date_channel ON channel_effectiveness (date, channel);
CREATE INDEX idx_channel_effectiveness_alert_type ON channel_effectiveness (alert_type);
CREATE INDEX idx_channel_effectiveness_user_segment ON channel_effectiveness (user_segment);
CREATE INDEX idx_channel_effectiveness_performance ON channel_effectiveness (performance_score);
