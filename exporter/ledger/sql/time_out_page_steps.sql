-- A mail has no receipt to wait for.
UPDATE page_steps s SET outcome = 'timed_out', ended_at = now()
FROM pages p
WHERE p.page_id = s.page_id AND p.status = 'firing' AND p.closed_at IS NULL
    AND s.sent_at < now() - make_interval(secs => $1) AND s.outcome IS NULL AND s.channel <> 'email'
RETURNING s.channel
