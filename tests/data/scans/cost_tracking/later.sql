-- A day that was counted is written again; one will be two days old in a second; one goes.
UPDATE cost_tracking SET twilio_cost = 6, updated_at = now() WHERE id = 'day-sms';
INSERT INTO cost_tracking (id, channel, date, period_type, twilio_cost, server_cost, created_at)
VALUES ('next-sms', 'sms', (now() - interval '2 days')::date, 'daily', 0.4999, 0.35, now() - interval '2 days' + interval '1 second');
DELETE FROM cost_tracking WHERE id = 'day-email';
