-- One is resolved after ten minutes, one handed off, one gets its end after 30 s; a question and its answer; old rows go.
UPDATE conversations SET status = 'resolved', ended_at = started_at + interval '10 minutes' WHERE id = 'edge-1';
UPDATE conversations SET status = 'handed_off' WHERE id = 'edge-9';
UPDATE conversations SET ended_at = started_at + interval '30 seconds' WHERE id = 'edge-3';
INSERT INTO messages VALUES
    ('later-1', 'edge-8', 'customer', NULL, 'canary text', now() - interval '20 seconds', NULL),
    ('later-2', 'edge-8', 'llm', NULL, 'canary text', now() - interval '18 seconds', '{"tokens_used": 1000}');
DELETE FROM messages WHERE conversation_id IN ('example-1', 'example-19');
DELETE FROM conversations WHERE id IN ('example-1', 'example-19');
