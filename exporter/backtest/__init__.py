"""History played through proposed thresholds: how often and how long would each alert have fired."""
