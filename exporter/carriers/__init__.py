"""Who carries what we say to people: handed over once as far as can be known, with receipts that come back to us."""
