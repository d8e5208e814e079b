SELECT seq FROM checkpoints WHERE name = 'notifications'
