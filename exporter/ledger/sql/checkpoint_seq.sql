SELECT coalesce((SELECT seq FROM checkpoints WHERE name = 'totals'), 0)
