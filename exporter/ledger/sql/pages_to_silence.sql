SELECT page_id, group_labels, acked_by, silence_until FROM pages
WHERE silence_until > now() AND silenced_at IS NULL AND closed_at IS NULL
ORDER BY page_id
