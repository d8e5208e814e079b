-- The worked example of document 001: 25 conversations (5 active, 18 resolved, 2 handed off) of 12.5 minutes, 250
-- messages (100 of customers, 115 of the LLM, 35 of agents), 57,500 tokens, answers after 25.3 s.
INSERT INTO conversations
SELECT
    'example-' || number,
    '123e4567-e89b-12d3-a456-426614174000',
    'outlet-' || number % 3,
    '+1202555' || 1000 + number,
    CASE WHEN number <= 18 THEN 'resolved' WHEN number <= 23 THEN 'active' ELSE 'handed_off' END,
    started_at,
    CASE WHEN number <= 18 THEN started_at + (12 + number % 2) * interval '1 minute' END,
    started_at + interval '9 minutes'
FROM
    generate_series(1, 25) AS number,
    LATERAL (SELECT timestamptz '2025-11-01 00:00Z' + number * interval '20 minutes' AS started_at) AS its;

INSERT INTO messages
SELECT conversation_id || '-' || sender_type || '-' || s, conversation_id, sender_type, NULL,
    'canary text of +12025550199', started_at + s * interval '1 second',
    CASE sender_type WHEN 'llm' THEN '{"tokens_used": 500, "model": "gpt-4o-mini"}' END::json
FROM (
    -- Four questions, each answered; then words that answer nothing.
    SELECT id, started_at, 'customer', 120 * turn FROM conversations, generate_series(0, 3) AS turn
    UNION ALL
    SELECT id, started_at, 'llm', 120 * turn + 25.3 FROM conversations, generate_series(0, 3) AS turn
    UNION ALL
    SELECT 'example-' || number, timestamptz '2025-11-01 00:00Z' + number * interval '20 minutes', 'llm', 500
    FROM generate_series(1, 15) AS number
    UNION ALL
    SELECT id, started_at, 'agent', 510 FROM conversations
    UNION ALL
    SELECT 'example-' || number, timestamptz '2025-11-01 00:00Z' + number * interval '20 minutes', 'agent', 520
    FROM generate_series(1, 10) AS number
) AS said (conversation_id, started_at, sender_type, s);

-- The edges, of another tenant; minutes from two days ago.
INSERT INTO conversations
SELECT id, 'edge', NULL, '+12025550100', status, begin_at + started * interval '1 minute',
    begin_at + ended * interval '1 minute', begin_at + last * interval '1 minute'
FROM (SELECT date_trunc('hour', now()) - interval '2 days') AS base (begin_at), (VALUES
    ('edge-1', 'active', 0, NULL, NULL),
    ('edge-2', 'resolved', 1, 1, 1),              -- over at once
    ('edge-3', 'resolved', 2, NULL, 5),           -- resolved, its end not written
    ('edge-4', 'resolved', 3, 1, 5),              -- ended before it began
    ('edge-5', 'handed_off', 4, NULL, NULL),
    ('edge-6', 'handed_off', 5, 125, 125),        -- two hours
    ('edge-7', 'archived', 6, 1447, 1447),        -- a status nobody foresaw, a day and a minute
    ('edge-8', 'archived', 7, NULL, 8),
    ('edge-9', 'ACTIVE', 8, NULL, NULL)           -- not the word of the document
) AS conversation (id, status, started, ended, last);

INSERT INTO messages
SELECT 'edge-message-' || number, conversation_id, sender_type, 'agent-7', 'canary text of +12025550199',
    date_trunc('hour', now()) - interval '2 days' + s * interval '1 second', metadata::json
FROM (VALUES
    (1, 'edge-1', 'customer', 0, NULL),
    -- An answer an hour later, and tokens that are missing or of a wrong shape.
    (2, 'edge-1', 'llm', 3601, NULL),
    (3, 'edge-1', 'llm', 3602, '{}'),
    (4, 'edge-1', 'llm', 3603, '{"tokens_used": null}'),
    (5, 'edge-1', 'llm', 3604, '{"tokens_used": "many"}'),
    (6, 'edge-1', 'llm', 3605, '{"tokens_used": [500]}'),
    (7, 'edge-1', 'llm', 3606, '{"tokens_used": {"total": 500}}'),
    (8, 'edge-1', 'llm', 3607, '"tokens_used"'),
    (9, 'edge-1', 'llm', 3608, '[500]'),
    (10, 'edge-1', 'llm', 3609, '{"tokens_used": 0}'),
    (11, 'edge-1', 'llm', 3610, '{"tokens_used": 2000}'),
    (12, 'edge-5', 'agent', 3611, NULL),
    -- A sender nobody foresaw; a conversation that is not there.
    (13, 'edge-5', 'system', 3612, NULL),
    (14, 'nowhere', 'customer', 3613, NULL)
) AS message (number, conversation_id, sender_type, s, metadata);
