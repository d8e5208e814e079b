"""`comms-exporter scan`: which profiles there are and fit, what a scan asks, and what it would count."""
