"""Messages, engagement and conversations, by what the ledger holds."""

from __future__ import annotations

from exporter.catalogue.family import APP_S, ROUTE, Family, Kind

_DELIVERY_S = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 7200.0, 86400.0)
_RESPONSE_S = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86400.0)
_TALK_S = (10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 7200.0, 86400.0)

MESSAGES = (
    Family(
        "comms_messages_total",
        Kind.COUNTER,
        "Message steps, each (message, status) pair counted once.",
        (*ROUTE, "direction", "status"),
    ),
    Family(
        "comms_message_errors_total",
        Kind.COUNTER,
        "Messages that failed or were not delivered, by what the provider's error code means.",
        (*ROUTE, "error_class"),
    ),
    Family(
        "comms_message_segments_total",
        Kind.COUNTER,
        "SMS segments, counted where the sender of the event states them.",
        ("tenant", "provider", "direction", "encoding"),
    ),
    Family(
        "comms_message_processing_seconds",
        Kind.HISTOGRAM,
        "The application's own time to handle a message, in seconds.",
        ROUTE,
        buckets=APP_S,
    ),
    Family(
        "comms_message_delivery_seconds",
        Kind.HISTOGRAM,
        "From sent to delivered by the provider's own times, in seconds.",
        ROUTE,
        buckets=_DELIVERY_S,
    ),
    Family(
        "comms_message_response_seconds",
        Kind.HISTOGRAM,
        "From the customer's message to the answer, in seconds.",
        ROUTE,
        buckets=_RESPONSE_S,
    ),
    Family(
        "comms_engagements_total",
        Kind.COUNTER,
        "Opens, clicks, replies and actions, people and machines apart.",
        ("tenant", "channel", "action", "actor"),
    ),
    Family(
        "comms_messages_engaged_total",
        Kind.COUNTER,
        "Messages opened, clicked or replied to, each counted once an action and actor.",
        ("tenant", "channel", "action", "actor"),
    ),
    Family(
        "comms_template_messages_total",
        Kind.COUNTER,
        "Messages of a template that reached a status, each counted once; `clicked` by a person.",
        ("tenant", "template", "status"),
    ),
    Family(
        "comms_clock_skew_total",
        Kind.COUNTER,
        "Times that clocks measured backwards: delivered before sent, or answered before asked; counted as 0 s.",
        ("channel", "provider", "measure"),
    ),
    Family("comms_conversations_total", Kind.COUNTER, "Conversation states reached.", ("tenant", "state")),
    Family(
        "comms_handoffs_total", Kind.COUNTER, "Handoffs from a machine to a person.", ("tenant", "trigger")
    ),
    Family(
        "comms_conversation_duration_seconds",
        Kind.HISTOGRAM,
        "How long conversations lasted, counted when they end, in seconds.",
        ("tenant",),
        buckets=_TALK_S,
    ),
    Family(
        "comms_handoff_wait_seconds",
        Kind.HISTOGRAM,
        "How long customers waited for a person, in seconds.",
        ("tenant",),
        buckets=_TALK_S,
    ),
)
