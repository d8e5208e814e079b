UPDATE webhook_endpoints SET
    paused_at = CASE WHEN $3::text IS NOT NULL THEN coalesce(paused_at, now()) END,
    paused_by = $3::text,
    failing_since = CASE WHEN $3::text IS NOT NULL THEN failing_since END
WHERE tenant = $1 AND endpoint_id = $2
