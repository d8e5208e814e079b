"""Tables that people take with them: as CSV, JSON and PDF, with the same rows in each."""
