UPDATE page_steps s SET outcome = $2, ended_at = now()
FROM pages p
WHERE p.page_id = s.page_id AND s.channel = 'call' AND s.message_id = $1 AND (s.outcome IS NULL OR s.outcome = 'timed_out')
RETURNING s.channel, s.outcome, greatest(extract(epoch FROM s.ended_at - p.opened_at), 0)::float8 AS seconds
