"""The ledger: PostgreSQL that takes every event once and gives it back in commit order."""
