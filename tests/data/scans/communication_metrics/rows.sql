INSERT INTO users VALUES (123), (124), (125);

-- Times in seconds from two days ago.
INSERT INTO communication_metrics (user_id, message_type, channel, status, cost, sent_at, delivered_at, opened_at,
    clicked_at, action_taken)
SELECT user_id, message_type, channel, status, cost, begin_at + sent * interval '1 second',
    begin_at + delivered * interval '1 second', begin_at + opened * interval '1 second',
    begin_at + clicked * interval '1 second', action
FROM (SELECT date_trunc('hour', now() AT TIME ZONE 'UTC') - interval '2 days') AS base (begin_at), (VALUES
    (1, 123, 'low_balance', 'sms', 'sent', 0.05, 0, NULL, NULL, NULL, NULL),
    (2, 123, 'low_balance', 'sms', 'delivered', 0.05, 10, 12, NULL, NULL, NULL),
    (3, 123, 'weekly_checkin', 'email', 'delivered', 0.001, 20, 25, 100, NULL, NULL),
    (4, 123, 'weekly_checkin', 'email', 'delivered', 0.001, 30, 60, 200, 210, 'clicked_link'),
    (5, 124, 'low_balance', 'sms', 'failed', 0.05, 40, NULL, NULL, NULL, NULL),
    (6, 124, 'weekly_checkin', 'email', 'failed', 0, 50, NULL, NULL, NULL, NULL),
    -- Delivered before it was sent; its cost is not known.
    (7, 124, 'weekly_checkin', 'email', 'delivered', NULL, 60, 55, NULL, NULL, NULL),
    -- An action that needs no click; one opened before it was delivered, more than a day later.
    (8, 125, 'low_balance', 'sms', 'delivered', 0.05, 70, 72, NULL, NULL, 'viewed_forecast'),
    (9, 125, 'bill_reminder', 'email', 'delivered', 0.001, 80, 86481, 90, NULL, 'updated_budget'),
    -- Channels and statuses nobody foresaw, and nothing at all.
    (10, 125, 'nudge', 'push', 'delivered', 0.0001, 90, 91, NULL, NULL, NULL),
    (11, 125, 'nudge', 'pigeon', 'sent', NULL, 100, NULL, NULL, NULL, NULL),
    (12, 125, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (13, 125, 'nudge', 'email', 'opened', 0.001, 110, NULL, 120, NULL, NULL),
    -- Costs that are none.
    (14, 125, 'nudge', 'email', 'sent', -0.01, 130, NULL, NULL, NULL, NULL),
    (15, 125, 'nudge', 'email', 'sent', 'NaN', 140, NULL, NULL, NULL, NULL)
) AS metric (number, user_id, message_type, channel, status, cost, sent, delivered, opened, clicked, action)
ORDER BY number;
