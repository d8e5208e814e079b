SELECT erasure_id::text, kind, requested_by, requested_at, finished_at, counts::text AS counts
FROM erasures
WHERE tenant = $1 AND ($2::uuid IS NULL OR erasure_id = $2)
ORDER BY requested_at DESC
LIMIT 1000
