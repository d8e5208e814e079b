"""What was spent, what the month will cost and what could be saved: pure, from what the ledger says."""
