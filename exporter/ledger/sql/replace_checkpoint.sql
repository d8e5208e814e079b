UPDATE checkpoints SET state = $2, written_at = clock_timestamp() WHERE name = 'totals' AND seq = $1 RETURNING seq
