INSERT INTO scan_open_rows (scan, key, at)
SELECT $1, key, at FROM unnest($2::text[], $3::timestamptz[]) AS t (key, at)
ON CONFLICT DO NOTHING
