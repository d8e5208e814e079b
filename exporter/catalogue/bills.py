"""What providers list, bill and keep, compared with what we know."""

from __future__ import annotations

from exporter.catalogue.family import Family, Kind, Origin

BILLS = (
    Family(
        "comms_reconciled_messages_total",
        Kind.COUNTER,
        "Message steps that a provider reported only when it was asked.",
        ("source", "status"),
        Origin.PROCESS,
    ),
    Family(
        "comms_rate_card_age_seconds",
        Kind.GAUGE,
        "Time since the oldest price list in use was known to hold, in seconds.",
        ("provider", "account"),
        Origin.PROCESS,
    ),
    Family(
        "comms_rate_card_fallback",
        Kind.GAUGE,
        "1 while a country in use has no price list of its provider's, or a stale one.",
        ("provider", "account"),
        Origin.PROCESS,
    ),
    Family(
        "comms_bill_drift_ratio",
        Kind.GAUGE,
        "Our estimate of the newest complete day against the bill: |ours - billed| / billed, from 1 USD on.",
        ("provider", "account", "category"),
        Origin.PROCESS,
    ),
    Family(
        "comms_bill_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When a provider's bill was last read to its end, in Unix seconds; 0 before the first time.",
        ("provider", "account"),
        Origin.PROCESS,
    ),
    Family(
        "comms_cost_unsettled_usd",
        Kind.GAUGE,
        "Estimated US dollars of messages that their provider has no price for yet, between two bounds.",
        ("tenant", "channel", "bound"),
        Origin.PROCESS,
    ),
    Family(
        "comms_balance_usd",
        Kind.GAUGE,
        "What is left of the money prepaid at a provider, in US dollars; negative when overdrawn.",
        ("provider", "account"),
        Origin.PROCESS,
    ),
    Family(
        "comms_balance_runway_seconds",
        Kind.GAUGE,
        "How long that money lasts at what was billed a day lately, in seconds.",
        ("provider", "account"),
        Origin.PROCESS,
    ),
)
