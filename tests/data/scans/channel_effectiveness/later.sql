-- A day that was counted is written again, one that grows grows; one will be two days old in a second; one goes.
UPDATE channel_effectiveness SET messages_sent = 120, updated_at = now() WHERE id = 'day-sms';
UPDATE channel_effectiveness SET messages_sent = 8, updated_at = now() WHERE id = 'yesterday-sms';
INSERT INTO channel_effectiveness (id, channel, date, period_type, messages_sent, messages_delivered, messages_opened,
    total_cost, created_at)
VALUES ('next-email', 'email', (now() - interval '2 days')::date, 'daily', 10, 10, 1, 0.0100,
    now() - interval '2 days' + interval '1 second');
DELETE FROM channel_effectiveness WHERE id = 'before-sms';
