-- Receipts of our own pages are messages like any other: what the ledger knows of them ends their steps.
UPDATE page_steps s
SET outcome = CASE WHEN coalesce(m.delivered_at, m.read_at) IS NULL THEN 'failed' ELSE 'delivered' END,
    ended_at = coalesce(m.delivered_at, m.read_at, m.ended_at)
FROM messages m, pages p
WHERE p.page_id = s.page_id AND m.tenant = $1 AND m.message_id = s.message_id
    AND s.sent_at IS NOT NULL AND (s.outcome IS NULL OR s.outcome = 'timed_out')
    AND coalesce(m.delivered_at, m.read_at, m.ended_at) IS NOT NULL
RETURNING s.channel, s.outcome, greatest(extract(epoch FROM s.ended_at - p.opened_at), 0)::float8 AS seconds
