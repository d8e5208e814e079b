"""Webhooks of ours: signed, retried over a day, and never to an address inside."""
