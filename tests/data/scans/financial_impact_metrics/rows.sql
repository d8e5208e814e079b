INSERT INTO users VALUES (123), (124), (125);

INSERT INTO financial_impact_metrics (user_id, outcome_type, outcome_value, outcome_date, communication_channel,
    created_at)
SELECT user_id, outcome::financial_outcome, usd, timestamp '2026-11-17' + number * interval '1 hour',
    channel::channel_type, timestamptz '2026-11-18 09:00Z' + number * interval '1 minute'
FROM (VALUES
    (1, 123, 'bill_paid_on_time', 25.00, 'sms'),
    (2, 123, 'savings_goal_achieved', 500.00, 'email'),
    (3, 123, 'subscription_upgraded', 10.00, NULL),
    (4, 124, 'late_fee_avoided', 35.50, 'sms'),
    (5, 124, 'career_advancement', 1000.25, 'email'),
    (6, 124, 'budget_improved', 0.00, 'push'),
    (7, 125, 'emergency_fund_built', NULL, 'in_app'),
    (8, 125, 'budget_improved', -40.00, 'sms'),
    (9, 125, 'bill_paid_on_time', 0.01, NULL),
    (10, 125, 'bill_paid_on_time', 12.34, NULL)
) AS impact (number, user_id, outcome, usd, channel);
