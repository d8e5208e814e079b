-- The open pages that a person was told of before the answer came; who is quick answers before the provider has told us
-- that it took the page. The answer's time is the one at which the ledger first had it, so that a copy sent again later
-- answers nothing new. Five seconds for clocks.
UPDATE pages p
SET acked_at = now(), acked_by = $1, silence_until = now() + make_interval(secs => $4)
FROM messages m
WHERE m.tenant = $2 AND m.message_id = $3
    AND p.status = 'firing' AND p.closed_at IS NULL AND p.acked_at IS NULL
    AND p.opened_at <= m.first_at + interval '5 seconds'
    AND EXISTS (SELECT FROM page_steps s WHERE s.page_id = p.page_id AND s.person = $1
        AND (s.sent_at IS NOT NULL OR s.unsure_tries > 0))
RETURNING p.page_id
