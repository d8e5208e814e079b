"""Database scans: rows that already exist in somebody's tables become events, each once."""
