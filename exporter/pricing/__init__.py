"""What things cost: pure, exact, by rate cards with a source and a date."""
