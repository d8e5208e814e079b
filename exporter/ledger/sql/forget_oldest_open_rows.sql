WITH forgotten AS (
    DELETE FROM scan_open_rows
    WHERE scan = $1 AND key IN (
        SELECT key FROM scan_open_rows WHERE scan = $1 ORDER BY at DESC, key OFFSET $2
    )
    RETURNING key
)
SELECT count(*) FROM forgotten
