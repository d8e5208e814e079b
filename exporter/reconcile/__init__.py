"""Reconciliation: what providers know and never told us is asked for."""
