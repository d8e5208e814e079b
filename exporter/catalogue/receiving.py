"""What this process was handed, and what the ledger still waits for."""

from __future__ import annotations

from exporter.catalogue.family import ROUTE, Family, Kind, Origin

RECEIVING = (
    Family(
        "comms_messages_pending",
        Kind.GAUGE,
        "Outbound messages without a final status, by age, as of the last look at the ledger.",
        (*ROUTE, "age"),
        Origin.PROCESS,
    ),
    Family(
        "comms_messages_overdue",
        Kind.GAUGE,
        "Outbound messages without a final status for longer than the threshold final_status_seconds.",
        ROUTE,
        Origin.PROCESS,
    ),
    Family(
        "comms_credit_balance",
        Kind.GAUGE,
        "Prepaid credit left, summed over users, as of the last look at the ledger.",
        ("tenant",),
        Origin.PROCESS,
    ),
    Family(
        "comms_parked_events",
        Kind.GAUGE,
        "Events kept aside with their raw bytes because they could not be counted.",
        ("source", "reason"),
        Origin.PROCESS,
    ),
    Family(
        "comms_events_received_total",
        Kind.COUNTER,
        "Events this process was handed, by what became of them; late ones are accepted too.",
        ("source", "outcome"),
        Origin.PROCESS,
    ),
    Family(
        "comms_http_requests_total",
        Kind.COUNTER,
        "HTTP requests answered, by route and status code.",
        ("route", "code"),
        Origin.PROCESS,
    ),
    Family(
        "comms_signature_failures_total",
        Kind.COUNTER,
        "Requests refused because the sender could not prove who it is.",
        ("source", "reason"),
        Origin.PROCESS,
    ),
)
