INSERT INTO credit_transactions VALUES
    ('credit-21', 'user-2', 'deduction', 100, NULL, 500, 400, '{"provider": "openai", "model": "gpt-4"}', now()),
    ('credit-22', 'user-3', 'topup', 173, NULL, 1000, 1173, NULL, now());
DELETE FROM credit_transactions WHERE id IN ('credit-1', 'credit-20');

UPDATE payments SET status = 'completed', completed_at = now() AT TIME ZONE 'UTC', updated_at = now() AT TIME ZONE 'UTC'
WHERE id = 4;
UPDATE payments SET status = 'refunded', updated_at = now() AT TIME ZONE 'UTC' WHERE id = 3;
UPDATE payments SET status = 'failed', updated_at = now() AT TIME ZONE 'UTC' WHERE id = 8;
UPDATE payments SET payment_method = 'card', updated_at = now() AT TIME ZONE 'UTC' WHERE id = 1;
INSERT INTO payments (user_id, amount_usd, status, created_at, updated_at)
VALUES ('user-1', 9.00, 'pending', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC');
DELETE FROM payments WHERE id = 2;

UPDATE notifications SET is_read = true, read_at = now() AT TIME ZONE 'UTC' WHERE id IN ('notification-1', 'notification-7');
UPDATE notifications SET is_read = false WHERE id = 'notification-4';
INSERT INTO notifications (id, user_id, type, title, message)
VALUES ('notification-8', 'user-2', 'warning', 'canary title', 'canary text');
DELETE FROM notifications WHERE id = 'notification-3';
