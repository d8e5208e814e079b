SELECT seq, state, written_at FROM checkpoints WHERE name = 'totals'
