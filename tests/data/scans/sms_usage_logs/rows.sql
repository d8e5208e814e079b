INSERT INTO users VALUES (1), (2);

INSERT INTO sms_usage_logs (user_id, phone_number, message_direction, message_length, message_content, success,
    processing_time_ms, error_message, created_at)
SELECT user_id, '+12025550' || 100 + user_id, direction, length, 'canary text', success, ms, error,
    timestamp '2026-11-20 10:00' + number * interval '1 minute'
FROM (VALUES
    -- Received.
    (1, 1, 'inbound', 20, true, 50, NULL),
    (2, 2, 'inbound', 160, true, 51, NULL),
    (3, 1, 'inbound', 161, true, NULL, NULL),
    (4, 1, 'inbound', 0, true, 0, NULL),
    (5, 2, 'inbound', 70, true, 3000, NULL),
    (6, 2, 'inbound', 70, true, 3001, NULL),
    -- Received, but not handled.
    (7, 1, 'inbound', 20, false, 10000, 'HTTP timeout after 10s'),
    (8, 1, 'inbound', 20, false, NULL, NULL),
    -- Sent; a NULL in `success` is the column's default, true.
    (9, 1, 'outbound', 20, true, 100, NULL),
    (10, 1, 'outbound', 20, true, 250, NULL),
    (11, 2, 'outbound', 20, true, 500, NULL),
    (12, 2, 'outbound', 20, true, 1000, NULL),
    (13, 2, 'outbound', 20, true, 60000, NULL),
    (14, 2, 'outbound', 20, true, 60001, NULL),
    (15, 2, 'outbound', 20, NULL, 2000, NULL),
    -- A direction that nobody foresaw.
    (16, 2, 'sideways', 20, true, 10, NULL),
    -- Failed, with codes, words and neither.
    (17, 1, 'outbound', 20, false, 10, 'Twilio error 21610: recipient unsubscribed'),
    (18, 1, 'outbound', 20, false, 20, 'Error 30003: unreachable'),
    (19, 1, 'outbound', 20, false, 30, 'Rate limit exceeded'),
    (20, 1, 'outbound', 20, false, 40, 'Sender is blocked'),
    (21, 1, 'outbound', 20, false, 50, 'something nobody foresaw'),
    (22, 1, 'outbound', 20, false, 60, '')
) AS log (number, user_id, direction, length, success, ms, error);
