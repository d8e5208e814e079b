-- Pages that nobody has answered yet, with their steps so far; a page without steps has one row of nulls.
SELECT p.page_id, p.opened_at, s.person, s.way, s.channel, s.planned_at, s.sent_at, s.ended_at, s.outcome
FROM pages p LEFT JOIN page_steps s USING (page_id)
WHERE p.closed_at IS NULL AND p.acked_at IS NULL AND ($1::bigint IS NULL OR p.page_id = $1)
ORDER BY p.page_id, s.planned_at, s.way
