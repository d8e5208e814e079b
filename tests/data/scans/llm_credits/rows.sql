INSERT INTO users VALUES ('user-1'), ('user-2'), ('user-3');

INSERT INTO credit_transactions
SELECT 'credit-' || number, 'user-' || user_id, type, amount, 'canary text', balance - amount, balance, metadata::json,
    timestamptz '2026-11-18 09:00Z' + number * interval '1 minute'
FROM (VALUES
    -- 200 USD buy 173,913 credits (document 002, "Get Usage Summary").
    (1, 1, 'topup', 173913, 173913, '{"payment_usd": 200}'),
    (2, 1, 'deduction', 100, 173813, '{"provider": "openai", "model": "gpt-4"}'),
    (3, 1, 'deduction', 150, 173663, '{"provider": "anthropic", "model": "claude-3-opus"}'),
    -- Without model, provider or both, and metadata of a wrong shape.
    (4, 1, 'deduction', 100, 173563, '{"provider": "openai"}'),
    (5, 1, 'deduction', 50, 173513, '{"model": "gpt-4"}'),
    (6, 1, 'deduction', 25, 173488, NULL),
    (7, 1, 'deduction', 10, 173478, '[]'),
    (8, 1, 'deduction', 5, 173473, '"openai"'),
    (9, 1, 'deduction', 4, 173469, '{"provider": null, "model": null}'),
    (10, 1, 'deduction', 6, 173463, '{"provider": {"name": "openai"}}'),
    -- A free call; a deduction with the sign that newer versions write.
    (11, 1, 'deduction', 0, 173463, '{"provider": "openai", "model": "gpt-4"}'),
    (12, 1, 'deduction', -200, 173263, '{"provider": "openai", "model": "gpt-4"}'),
    -- Neither bought nor used.
    (13, 1, 'refund', 500, 173763, NULL),
    (14, 1, 'adjustment', -50, 173713, NULL),
    (15, 1, 'bonus', 1000, 174713, NULL),
    (16, 2, 'topup', 1000, 1000, NULL),
    -- The words of newer versions.
    (17, 2, 'usage', -500, 500, '{"provider": "openai", "model": "gpt-3.5-turbo"}'),
    (18, 3, 'purchase', 2000, 2000, NULL),
    (19, 3, 'mystery', 1, 1999, NULL),
    (20, 3, 'deduction', 999, 1000, '{"provider": "openai", "model": "gpt-4"}')
) AS it (number, user_id, type, amount, balance, metadata);

INSERT INTO payments (user_id, stripe_customer_id, amount_usd, currency, status, credits_amount, created_at, updated_at,
    completed_at)
SELECT 'user-' || user_id, 'cus_canary', amount_usd, currency, status, credits,
    begin_at + number * interval '1 minute', begin_at + number * interval '2 minutes',
    CASE WHEN has_end THEN begin_at + number * interval '2 minutes' END
FROM (SELECT date_trunc('hour', now() AT TIME ZONE 'UTC') - interval '2 days') AS base (begin_at), (VALUES
    (1, 1, 200.00, 'USD', 'completed', 173913, true),
    (2, 2, 1.15, 'USD', 'completed', 1000, true),
    (3, 3, 2.30, 'USD', 'completed', 2000, true),
    (4, 1, 20.00, 'USD', 'pending', NULL, false),
    (5, 2, 50.00, 'USD', 'failed', NULL, false),
    (6, 2, 10.00, 'USD', 'refunded', 8696, true),     -- only its last state is seen
    (7, 3, 0.00, 'USD', 'completed', 0, true),
    (8, 3, 5.00, 'USD', 'processing', NULL, false),   -- a status nobody foresaw
    (9, 1, 7.77, 'EUR', 'completed', 6757, true),     -- the column is dollars all the same
    (10, 1, 30.00, NULL, 'completed', 26087, false),  -- its end not written
    (11, 2, 3.00, 'USD', 'refunded', 2609, false)
) AS payment (number, user_id, amount_usd, currency, status, credits, has_end);

INSERT INTO notifications
SELECT 'notification-' || number, 'user-1', type, 'canary title', 'canary text', '{"credits_remaining": 500}', is_read,
    begin_at + read_s * interval '1 second', begin_at + number * interval '1 second'
FROM (SELECT date_trunc('hour', now() AT TIME ZONE 'UTC') - interval '2 days') AS base (begin_at), (VALUES
    (1, 'info', false, NULL),
    (2, 'warning', false, NULL),
    (3, 'error', true, 600),
    (4, 'success', true, 4),
    (5, 'custom', false, NULL),
    (6, 'info', true, NULL),    -- read, nobody wrote when
    (7, 'info', false, 900)     -- read once, marked as unread again
) AS notification (number, type, is_read, read_s);
