"""Billing: what providers say that things cost and have cost, beside our own estimates."""
