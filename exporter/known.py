"""Label sets that exist at zero before their first event: `increase` cannot see a series begin at 5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from exporter.vocabulary import (
    BIT,
    ENGAGED_BIT,
    Actor,
    Channel,
    ConversationState,
    Direction,
    Encoding,
    ErrorClass,
    LlmStatus,
    PaymentState,
    Status,
    Trigger,
)

Key: TypeAlias = tuple[str, ...]
"""The label values of one series, in the order of Family.labels."""

WEBHOOK_OUTCOMES = ("success", "redirect", "client_error", "server_error", "no_answer")
TOKEN_TYPES = ("input", "cached_input", "cache_write", "input_audio", "output", "reasoning", "output_audio")
TEMPLATE_STATUSES = {
    "sent": BIT[Status.SENT],
    "delivered": BIT[Status.DELIVERED],
    "read": BIT[Status.READ],
    "failed": BIT[Status.FAILED] | BIT[Status.UNDELIVERED],
    "clicked": ENGAGED_BIT["click", Actor.HUMAN],
}
"""What is counted of a template's messages, and the bits that say so."""
TEMPLATE_STATES = (
    "pending",
    "in_appeal",
    "approved",
    "flagged",
    "limit_exceeded",
    "paused",
    "rejected",
    "disabled",
    "locked",
    "archived",
    "pending_deletion",
    "deleted",
    "other",
)
"""States of a WhatsApp template; of two at one moment the later here stands.

Source: message_template_status_update, event (developers.facebook.com, WhatsApp webhooks reference, 2026-11).
"""
QUALITIES = ("unknown", "green", "yellow", "red")
"""Scores of message_template_quality_update; of two at one moment the later here stands."""
MEASURES = ("delivery", "response")
"""What is measured between two clocks."""
BOUNDS = ("low", "high")
NO_PRICE = (
    "no_rate_card",
    "unknown_provider",
    "unknown_model",
    "unknown_country",
    "unknown_route",
    "unknown_category",
    "unknown_currency",
    "no_unit_price",
    "bad_usage",
)
"""Why something has no price, as exporter.pricing.cost.NoPrice."""
BILLABLE = frozenset({Channel.SMS, Channel.MMS, Channel.WHATSAPP, Channel.RCS})
"""Channels whose messages cost money each."""

_OUTBOUND = (
    Status.ACCEPTED,
    Status.SCHEDULED,
    Status.QUEUED,
    Status.SENDING,
    Status.SENT,
    Status.DELIVERED,
    Status.UNDELIVERED,
    Status.FAILED,
    Status.CANCELED,
    Status.READ,
)
_STATUSES = {Direction.OUTBOUND: _OUTBOUND, Direction.INBOUND: (Status.RECEIVED,)}
_LAST_LABEL: dict[str, tuple[str, ...]] = {
    "comms_message_errors_total": tuple(word for word in ErrorClass if word is not ErrorClass.NONE),
    "comms_message_segments_total": tuple(Encoding),
    "comms_messages_engaged_total": tuple(Actor),
    "comms_template_messages_total": tuple(TEMPLATE_STATUSES),
    "comms_conversations_total": tuple(ConversationState),
    "comms_handoffs_total": tuple(Trigger),
    "comms_llm_requests_total": tuple(LlmStatus),
    "comms_llm_tokens_total": TOKEN_TYPES,
    "comms_payments_total": tuple(PaymentState),
    "comms_payment_amount_usd_total": tuple(PaymentState),
    "comms_outcome_usd_total": ("gain", "loss"),
    "comms_outbound_webhooks_total": WEBHOOK_OUTCOMES,
    "comms_cost_bound_usd_total": BOUNDS,
    "comms_unpriced_units_total": NO_PRICE,
}
_OF_A_TENANT = (
    ("comms_conversations_total", ("",)),
    ("comms_handoffs_total", ("",)),
    ("comms_payments_total", ("",)),
    ("comms_payment_amount_usd_total", ("",)),
    ("comms_credits_bought_total", ()),
    ("comms_credits_used_total", ()),
    ("comms_conversation_duration_seconds", ()),
    ("comms_handoff_wait_seconds", ()),
)
_OF_A_ROUTE = (
    ("comms_messages_total", (Direction.OUTBOUND, "")),
    ("comms_messages_total", (Direction.INBOUND, "")),
    ("comms_message_errors_total", ("",)),
    ("comms_message_processing_seconds", ()),
    ("comms_message_delivery_seconds", ()),
    ("comms_message_response_seconds", ()),
    ("comms_cost_usd_total", ("message", "estimated")),
    ("comms_cost_bound_usd_total", ("",)),
)
_FEES_OF_TWILIO = {
    Channel.SMS: ("failure_fee",),
    Channel.MMS: ("failure_fee",),
    Channel.WHATSAPP: ("failure_fee", "platform_fee"),
}


def siblings(family: str, key: Key) -> tuple[Key, ...]:
    """The label sets that differ from this one in a closed last label only; none where it is open."""
    known = _LAST_LABEL.get(family, ())
    if family == "comms_messages_total":
        known = _STATUSES[Direction(key[-2])]
    return tuple((*key[:-1], str(word)) for word in known)


def declared(tenants: Iterable[str], routes: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Key]]:
    """Every (family, label set) of these tenants and (channel, provider) routes from the start."""
    routes = list(routes)
    for tenant in tenants:
        for family, rest in _OF_A_TENANT:
            yield from _group(family, (tenant, *rest))
        for route in routes:
            yield from _of_a_route(tenant, *route)
    for channel, provider in routes:
        for measure in MEASURES:
            yield "comms_clock_skew_total", (channel, provider, measure)
        if channel in BILLABLE:
            yield from _group("comms_unpriced_units_total", (channel, provider, ""))


def _of_a_route(tenant: str, channel: str, provider: str) -> Iterator[tuple[str, Key]]:
    for family, rest in _OF_A_ROUTE:
        yield from _group(family, (tenant, channel, provider, *rest))
    for fee in _FEES_OF_TWILIO.get(Channel(channel), ()) if provider == "twilio" else ():
        yield "comms_cost_usd_total", (tenant, channel, provider, fee, "estimated")
    if channel == Channel.SMS:
        for direction in Direction:
            yield from _group("comms_message_segments_total", (tenant, provider, direction, ""))


def _group(family: str, key: Key) -> Iterator[tuple[str, Key]]:
    """The siblings in place of a key whose last label is empty, or the key itself."""
    if key[-1]:
        yield family, key
    else:
        yield from ((family, sibling) for sibling in siblings(family, key))
