SELECT count(*) FROM notifications_of($1, $2, $3)
WHERE ($4::boolean IS NULL OR is_read = $4) AND ($5::text IS NULL OR type = $5)
