UPDATE page_steps SET outcome = 'failed', ended_at = now(), claimed_at = NULL
WHERE page_id = ANY ($1::bigint[]) AND person = $2 AND way = $3 AND outcome IS NULL
