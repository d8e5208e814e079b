"""What providers, applications and customers' webhooks say of themselves, by what the ledger holds."""

from __future__ import annotations

from exporter.catalogue.family import APP_S, Family, Kind

ACCOUNTS = (
    Family(
        "comms_outbound_webhooks_total",
        Kind.COUNTER,
        "Attempts to call customers' webhooks.",
        ("endpoint", "outcome"),
    ),
    Family(
        "comms_outbound_webhook_seconds",
        Kind.HISTOGRAM,
        "Time of attempts to call customers' webhooks, in seconds.",
        ("endpoint", "outcome"),
        buckets=APP_S,
    ),
    Family(
        "comms_account_events_total",
        Kind.COUNTER,
        "What providers say about accounts, templates and numbers, and webhook fields we do not know.",
        ("tenant", "provider", "field", "state"),
        open_labels=frozenset({"state"}),
    ),
    Family(
        "comms_whatsapp_template_state",
        Kind.GAUGE,
        "1 for the state that a WhatsApp template has now, 0 for the others.",
        ("tenant", "template", "state"),
    ),
    Family(
        "comms_whatsapp_quality",
        Kind.GAUGE,
        "1 for the quality that WhatsApp gives a template or a number now, 0 for the others.",
        ("tenant", "scope", "name", "quality"),
    ),
    Family(
        "comms_whatsapp_messaging_limit",
        Kind.GAUGE,
        "Customers that WhatsApp lets a number or account write to first in 24 hours, as last reported.",
        ("tenant", "sender"),
    ),
    Family(
        "comms_rate_limit_used_ratio",
        Kind.GAUGE,
        "Share of a provider's rate limit in use, 0 to 1, as last reported.",
        ("provider", "api"),
    ),
    Family(
        "comms_queue_depth",
        Kind.GAUGE,
        "Items waiting in an application's queue, as last reported.",
        ("queue",),
    ),
    Family(
        "comms_worker_last_heartbeat_timestamp_seconds",
        Kind.GAUGE,
        "When a worker last reported, in Unix seconds.",
        ("worker",),
    ),
    Family(
        "comms_data_timestamp_seconds",
        Kind.GAUGE,
        "Time of the newest event of a source, in Unix seconds.",
        ("source",),
    ),
)
