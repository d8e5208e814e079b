"""What programs and people ask over HTTP: JSON answers from the ledger."""
