INSERT INTO checkpoints AS c (name, seq, state, written_at)
VALUES ('rollups', $1, '', clock_timestamp())
ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, written_at = excluded.written_at
WHERE c.seq = $2
RETURNING seq
