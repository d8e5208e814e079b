"""Language models, what everything costs and what customers pay, by what the ledger holds."""

from __future__ import annotations

from exporter.catalogue.family import APP_S, ROUTE, Family, Kind

COSTS = (
    Family(
        "comms_llm_requests_total",
        Kind.COUNTER,
        "Calls to language models.",
        ("tenant", "provider", "model", "status"),
    ),
    Family(
        "comms_llm_tokens_total",
        Kind.COUNTER,
        "Tokens of language models; the token types do not overlap.",
        ("tenant", "provider", "model", "token_type"),
    ),
    Family(
        "comms_llm_latency_seconds",
        Kind.HISTOGRAM,
        "Time of calls to language models, in seconds.",
        ("tenant", "provider", "model"),
        buckets=APP_S,
    ),
    Family(
        "comms_cost_usd_total",
        Kind.COUNTER,
        "Money spent in US dollars, fixed when the event was stored.",
        (*ROUTE, "component", "basis"),
    ),
    Family(
        "comms_cost_bound_usd_total",
        Kind.COUNTER,
        "Lowest and highest that the estimated money can be, where what decides between prices is unknown.",
        (*ROUTE, "bound"),
    ),
    Family(
        "comms_encoding_waste_usd_total",
        Kind.COUNTER,
        "Money for SMS segments that Smart Encoding would have saved, part of the estimated cost.",
        ("tenant", "template"),
    ),
    Family(
        "comms_unpriced_units_total",
        Kind.COUNTER,
        "Units that cost money but had no price when they were stored.",
        ("channel", "provider", "reason"),
    ),
    Family("comms_payments_total", Kind.COUNTER, "Payments by customers.", ("tenant", "state")),
    Family(
        "comms_payment_amount_usd_total",
        Kind.COUNTER,
        "Money of payments where it is known in US dollars.",
        ("tenant", "state"),
    ),
    Family(
        "comms_payment_amount_total",
        Kind.COUNTER,
        "Money of payments in units of their own currency.",
        ("tenant", "state", "currency"),
    ),
    Family("comms_credits_bought_total", Kind.COUNTER, "Prepaid credits bought.", ("tenant",)),
    Family("comms_credits_used_total", Kind.COUNTER, "Prepaid credits used.", ("tenant",)),
    Family(
        "comms_outcome_usd_total",
        Kind.COUNTER,
        "Money that users gained or lost by acting on messages, in US dollars.",
        ("tenant", "action", "direction"),
    ),
)
