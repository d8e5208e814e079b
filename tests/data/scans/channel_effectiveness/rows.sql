INSERT INTO channel_effectiveness (id, channel, alert_type, user_segment, date, period_type, messages_sent,
    messages_delivered, messages_opened, messages_clicked, messages_responded, messages_converted, total_cost,
    revenue_generated, created_at)
SELECT id, channel::channel_type, alert_type, segment::user_segment, (now() - hours * interval '1 hour')::date, period,
    sent, delivered, opened, clicked, responded, converted, cost, revenue, now() - hours * interval '1 hour'
FROM (VALUES
    -- A day of each channel.
    ('day-sms', 'sms', NULL, NULL, 72, 'daily', 100, 95, 0, 20, 5, 2, 5.0000, 50.00),
    ('day-email', 'email', NULL, NULL, 72, 'daily', 1000, 990, 300, 100, 10, 0, 1.0000, 0.00),
    ('day-push', 'push', NULL, NULL, 72, 'daily', 0, 0, 0, 0, 0, 0, 0.0000, 0.00),
    ('day-in-app', 'in_app', NULL, NULL, 72, 'daily', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    -- The day before; a count below zero is none, a revenue below zero a loss.
    ('before-sms', 'sms', NULL, NULL, 96, 'daily', 50, 40, -5, 4, 0, 1, 2.5000, -3.00),
    -- The same messages again: by type, by segment, by week, by month.
    ('day-sms-type', 'sms', 'low_balance', NULL, 72, 'daily', 60, 57, 0, 12, 3, 1, 3.0000, 30.00),
    ('day-sms-segment', 'sms', NULL, 'premium', 72, 'daily', 40, 38, 0, 8, 2, 1, 2.0000, 20.00),
    ('week-sms', 'sms', NULL, NULL, 72, 'weekly', 700, 650, 0, 90, 20, 9, 35.0000, 99.00),
    ('month-sms', 'sms', NULL, NULL, 72, 'monthly', 2800, 2700, 0, 400, 90, 40, 140.0000, 999.00),
    -- A day that still grows.
    ('yesterday-sms', 'sms', NULL, NULL, 20, 'daily', 7, 7, 0, 1, 0, 0, 0.3500, 0.00)
) AS row (id, channel, alert_type, segment, hours, period, sent, delivered, opened, clicked, responded, converted, cost,
    revenue);
