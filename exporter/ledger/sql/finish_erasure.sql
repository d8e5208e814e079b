UPDATE erasures SET
    finished_at = now(), subject = NULL, addresses = NULL, salt = NULL,
    counts = (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(counts) WHERE value <> '0')
WHERE erasure_id = $1
RETURNING counts::text
