-- To be tried again; $4 says whether the provider may have heard us this time.
UPDATE page_steps SET claimed_at = NULL, unsure_tries = unsure_tries - CASE WHEN $4 THEN 0 ELSE 1 END
WHERE page_id = ANY ($1::bigint[]) AND person = $2 AND way = $3 AND sent_at IS NULL AND outcome IS NULL
