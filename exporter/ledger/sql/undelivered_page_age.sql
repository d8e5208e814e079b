-- Of the oldest open page that has reached nobody.
SELECT coalesce(max(extract(epoch FROM now() - p.opened_at)), 0)::float8 FROM pages p
WHERE p.closed_at IS NULL AND p.acked_at IS NULL
    AND NOT EXISTS (SELECT FROM page_steps s WHERE s.page_id = p.page_id AND s.outcome = 'delivered')
