"""The exporter of the comms monitoring stack: events in, ledger, metrics out."""
