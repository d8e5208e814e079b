-- Source: seed document 003 names the table ("cost analysis and budget monitoring"); columns and types are those of the
-- same application's public migration ("Create Comprehensive Analytics System", 2025-01-27).
CREATE TYPE channel_type AS ENUM ('sms', 'email', 'push', 'in_app');
CREATE TYPE user_segment AS ENUM ('new_user', 'engaged', 'at_risk', 'premium', 'enterprise', 'inactive');

CREATE TABLE cost_tracking (
    id varchar(36) PRIMARY KEY DEFAULT gen_random_uuid(),
    channel channel_type NOT NULL,
    alert_type varchar(50),
    user_segment user_segment,
    date date NOT NULL,
    period_type varchar(20) NOT NULL,
    sms_cost numeric(10, 4) DEFAULT 0.0,
    email_cost numeric(10, 4) DEFAULT 0.0,
    push_cost numeric(10, 4) DEFAULT 0.0,
    in_app_cost numeric(10, 4) DEFAULT 0.0,
    twilio_cost numeric(10, 4) DEFAULT 0.0,
    resend_cost numeric(10, 4) DEFAULT 0.0,
    other_provider_cost numeric(10, 4) DEFAULT 0.0,
    server_cost numeric(10, 4) DEFAULT 0.0,
    storage_cost numeric(10, 4) DEFAULT 0.0,
    bandwidth_cost numeric(10, 4) DEFAULT 0.0,
    development_cost numeric(10, 4) DEFAULT 0.0,
    maintenance_cost numeric(10, 4) DEFAULT 0.0,
    support_cost numeric(10, 4) DEFAULT 0.0,
    total_cost numeric(12, 4) DEFAULT 0.0,
    total_messages integer DEFAULT 0,
    cost_per_message numeric(10, 4) DEFAULT 0.0,
    budget_allocation numeric(12, 4) DEFAULT 0.0,
    budget_utilization float DEFAULT 0.0,
    budget_variance numeric(12, 4) DEFAULT 0.0,
    cost_per_engagement numeric(10, 4) DEFAULT 0.0,
    cost_per_conversion numeric(10, 4) DEFAULT 0.0,
    cost_efficiency_score float DEFAULT 0.0,
    cost_trend varchar(20) DEFAULT 'stable',
    cost_forecast numeric(12, 4) DEFAULT 0.0,
    cost_threshold_exceeded boolean DEFAULT false,
    budget_alert_triggered boolean DEFAULT false,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE INDEX idx_cost_tracking_date_channel ON cost_tracking (date, channel);
CREATE INDEX idx_cost_tracking_total_cost ON cost_tracking (total_cost);
CREATE INDEX idx_cost_tracking_budget_utilization ON cost_tracking (budget_utilization);
CREATE INDEX idx_cost_tracking_cost_efficiency ON cost_tracking (cost_efficiency_score);
