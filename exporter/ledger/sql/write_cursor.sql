INSERT INTO scan_cursors AS c (scan, version, state, written_at)
SELECT $1, 1, $2::jsonb, clock_timestamp()
WHERE $3 = 0 OR EXISTS (SELECT 1 FROM scan_cursors WHERE scan = $1)
ON CONFLICT (scan) DO UPDATE SET version = c.version + 1, state = excluded.state, written_at = excluded.written_at
WHERE c.version = $3
RETURNING version
