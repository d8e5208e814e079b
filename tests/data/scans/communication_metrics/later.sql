-- sent -> delivered -> opened -> acted on; a new row; one goes.
UPDATE communication_metrics SET status = 'delivered', delivered_at = sent_at + interval '3 seconds' WHERE id = 1;
UPDATE communication_metrics SET opened_at = delivered_at + interval '1 minute' WHERE id = 2;
UPDATE communication_metrics
SET clicked_at = opened_at + interval '5 seconds', action_taken = 'viewed_forecast' WHERE id = 3;
INSERT INTO communication_metrics (user_id, message_type, channel, status, cost, sent_at)
VALUES (124, 'weekly_checkin', 'email', 'sent', 0.001, now() AT TIME ZONE 'UTC');
DELETE FROM communication_metrics WHERE id = 4;
