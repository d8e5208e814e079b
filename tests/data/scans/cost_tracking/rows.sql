INSERT INTO cost_tracking (id, channel, alert_type, user_segment, date, period_type, sms_cost, email_cost, twilio_cost,
    resend_cost, other_provider_cost, server_cost, storage_cost, bandwidth_cost, development_cost, total_cost, created_at)
SELECT id, channel::channel_type, alert_type, segment::user_segment, (now() - hours * interval '1 hour')::date, period,
    sms, email, twilio, resend, other, server, storage, bandwidth, development, total, now() - hours * interval '1 hour'
FROM (VALUES
    ('day-sms', 'sms', NULL, NULL, 72, 'daily', 5.25, 0, 5.0000, 0, 0.2500, 0.5000, 0.1000, 0.0500, 9, 14.90),
    ('day-email', 'email', NULL, NULL, 72, 'daily', 0, 1.2345, NULL, 1.2345, NULL, NULL, NULL, NULL, NULL, 1.2345),
    ('day-in-app', 'in_app', NULL, NULL, 72, 'daily', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ('before-sms', 'sms', NULL, NULL, 96, 'daily', 0.0001, 0, 0.0001, 0, 0, 0, 0, 0, 0, 0.0001),
    -- A credit is no cost; counters of money only go up.
    ('credit-sms', 'sms', NULL, NULL, 120, 'daily', -1, 0, -1.0000, 0, 0, 0, 0, 0, 0, -1),
    -- The same money again.
    ('day-sms-type', 'sms', 'low_balance', NULL, 72, 'daily', 3, 0, 3.0000, 0, 0, 0, 0, 0, 0, 3),
    ('day-sms-segment', 'sms', NULL, 'at_risk', 72, 'daily', 2, 0, 2.0000, 0, 0, 0, 0, 0, 0, 2),
    ('week-sms', 'sms', NULL, NULL, 72, 'weekly', 35, 0, 35.0000, 0, 0, 0, 0, 0, 0, 35),
    ('year-sms', 'sms', NULL, NULL, 72, 'yearly', 1800, 0, 1800.0000, 0, 0, 0, 0, 0, 0, 1800),
    -- A day that still grows.
    ('yesterday-sms', 'sms', NULL, NULL, 20, 'daily', 0.35, 0, 0.3500, 0, 0, 0, 0, 0, 0, 0.35)
) AS row (id, channel, alert_type, segment, hours, period, sms, email, twilio, resend, other, server, storage, bandwidth,
    development, total);
