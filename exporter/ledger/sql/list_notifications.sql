SELECT *, count(*) OVER () AS total
FROM notifications_of($1, $2, $3)
WHERE ($4::boolean IS NULL OR is_read = $4) AND ($5::text IS NULL OR type = $5)
ORDER BY deliver_at DESC, id
LIMIT $6 OFFSET $7
