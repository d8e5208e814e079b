INSERT INTO checkpoints AS c (name, seq, state, written_at)
VALUES ('totals', $1, $2, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, state = excluded.state, written_at = excluded.written_at
WHERE c.seq = $3 AND excluded.seq > c.seq
RETURNING seq
