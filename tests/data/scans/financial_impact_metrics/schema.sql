-- Source: seed document 003 names the table and three of its outcomes; columns, types and the other outcomes are those
-- of the same application's public migration ("Create Comprehensive Analytics System", 2025-01-27).
CREATE TABLE users (id serial PRIMARY KEY);
CREATE TYPE channel_type AS ENUM ('sms', 'email', 'push', 'in_app');
CREATE TYPE financial_outcome AS ENUM (
    'late_fee_avoided', 'bill_paid_on_time', 'savings_goal_achieved', 'subscription_upgraded', 'career_advancement',
    'budget_improved', 'emergency_fund_built'
);

CREATE TABLE financial_impact_metrics (
    id varchar(36) PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    outcome_type financial_outcome NOT NULL,
    outcome_value numeric(12, 2),
    outcome_date timestamp NOT NULL,
    communication_channel channel_type,
    alert_type varchar(50),
    message_id varchar(100),
    days_since_last_communication integer,
    communication_frequency_before_outcome varchar(20),
    user_engaged_with_communication boolean DEFAULT false,
    engagement_level varchar(20),
    attributed_to_communication boolean DEFAULT false,
    attribution_confidence float DEFAULT 0.0,
    attribution_reason text,
    created_at timestamptz DEFAULT now()
);

CREATE INDEX idx_financial_impact_user_id ON financial_impact_metrics (user_id);
CREATE INDEX idx_financial_impact_outcome_type ON financial_impact_metrics (outcome_type);
CREATE INDEX idx_financial_impact_outcome_date ON financial_impact_metrics (outcome_date);
CREATE INDEX idx_financial_impact_attribution ON financial_impact_metrics (attributed_to_communication);
