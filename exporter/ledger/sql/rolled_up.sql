SELECT seq, written_at FROM checkpoints WHERE name = 'rollups'
