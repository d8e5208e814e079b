UPDATE checkpoints SET seq = $1, written_at = clock_timestamp() WHERE name = 'notifications' AND seq = $2 RETURNING seq
