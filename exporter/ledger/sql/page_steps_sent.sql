UPDATE page_steps SET sent_at = now(), message_id = $4, claimed_at = NULL
WHERE page_id = ANY ($1::bigint[]) AND person = $2 AND way = $3 AND sent_at IS NULL
