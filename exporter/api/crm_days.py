"""A day of the dashboard of seed document 001: its conversations, messages, handoffs and costs."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from pydantic import Field

from exporter.api.amounts import COST, MILLIONTH, average, spent_usd
from exporter.api.answer import Answer, Exact
from exporter.api.arrival import MESSAGES, arrival, ratio
from exporter.api.percentile import histogram
from exporter.ledger.rollup_query import Sum
from exporter.rollup import CONVERSATIONS, MESSAGE_TYPES

_TALK, _WAIT = "comms_conversation_duration_seconds", "comms_handoff_wait_seconds"
_RESPONSE, _HANDOFFS = "comms_message_response_seconds", "comms_handoffs_total"
_CALLS, _TOKENS = "comms_llm_requests_total", "comms_llm_tokens_total"
FAMILIES = (
    CONVERSATIONS,
    MESSAGE_TYPES,
    MESSAGES,
    _TALK,
    _WAIT,
    _RESPONSE,
    _HANDOFFS,
    COST,
    _CALLS,
    _TOKENS,
)


class ConversationDay(Answer):
    """Conversations of a day."""

    date: str = Field(description="The day.")
    total_conversations: int = Field(description="Started.")
    active_conversations: int = Field(description="Started, and neither resolved nor handed off.")
    resolved_conversations: int = Field(description="Resolved.")
    handed_off_conversations: int = Field(description="Handed off to a person, each once.")
    average_duration_minutes: Exact | None = Field(description="Of those that ended; null without any.")
    resolution_rate: Exact | None = Field(description="Resolved of started; null without any.")


class MessageDay(Answer):
    """Messages of a day."""

    date: str = Field(description="The day.")
    total_messages: int = Field(description="Received and sent.")
    customer_messages: int = Field(description="Received.")
    llm_messages: int = Field(description="Sent by a language model (`sender: llm`).")
    agent_messages: int = Field(description="Sent by a person (`sender: agent`).")
    average_response_time_seconds: Exact | None = Field(
        description="From question to answer; null without any."
    )


class HandoffDay(Answer):
    """Handoffs of a day."""

    date: str = Field(description="The day.")
    total_handoffs: int = Field(description="How often a conversation was handed to a person.")
    keyword_triggered: int = Field(description="Because of a keyword.")
    confidence_triggered: int = Field(description="Because the model was not sure.")
    average_time_to_handoff_minutes: Exact | None = Field(
        description="How long customers waited; null without."
    )
    handoff_rate: Exact | None = Field(description="Handoffs by conversations started; null without any.")


class CostDay(Answer):
    """Costs of a day, in US dollars."""

    date: str = Field(description="The day.")
    total_llm_calls: int = Field(description="Calls of language models.")
    total_tokens_used: int = Field(description="Tokens of all kinds.")
    total_llm_cost: Exact = Field(description="Of language models.")
    total_whatsapp_cost: Exact = Field(description="Of WhatsApp.")
    total_cost: Exact = Field(description="Of everything, other channels included.")
    cost_per_conversation: Exact | None = Field(description="To 6 places; null without conversations.")


def conversations_of(date: str, found: list[Sum]) -> ConversationDay:
    """Of the sums of a day, or of any time."""
    states, started = _states(found), _started(found)
    resolved, handed_off = states.get("resolved", 0), states.get("handed_off", 0)
    return ConversationDay(
        date=date,
        total_conversations=started,
        active_conversations=max(0, started - resolved - handed_off),
        resolved_conversations=resolved,
        handed_off_conversations=handed_off,
        average_duration_minutes=_in_minutes(histogram(found, _TALK).mean_s),
        resolution_rate=ratio(resolved, started),
    )


def messages_of(date: str, found: list[Sum]) -> MessageDay:
    """Of the sums of a day, or of any time."""
    whole = arrival(found)
    senders = {"llm": 0, "agent": 0}
    for family, labels, value in found:
        if family == MESSAGE_TYPES and labels[1:3] == ("outbound", "sent") and labels[4] in senders:
            senders[labels[4]] += int(value)
    return MessageDay(
        date=date,
        total_messages=whole.received + whole.attempted,
        customer_messages=whole.received,
        llm_messages=senders["llm"],
        agent_messages=senders["agent"],
        average_response_time_seconds=histogram(found, _RESPONSE).mean_s,
    )


def handoffs_of(date: str, found: list[Sum]) -> HandoffDay:
    """Of the sums of a day, or of any time."""
    triggers = _by_trigger(found)
    return HandoffDay(
        date=date,
        total_handoffs=sum(triggers.values()),
        keyword_triggered=triggers.get("keyword", 0),
        confidence_triggered=triggers.get("confidence", 0),
        average_time_to_handoff_minutes=_in_minutes(histogram(found, _WAIT).mean_s),
        handoff_rate=ratio(sum(triggers.values()), _started(found)),
    )


def costs_of(date: str, found: list[Sum]) -> CostDay:
    """Of the sums of a day, or of any time."""
    started, total_usd = _started(found), spent_usd(found)
    return CostDay(
        date=date,
        total_llm_calls=_count(found, _CALLS),
        total_tokens_used=_count(found, _TOKENS),
        total_llm_cost=spent_usd(found, "llm"),
        total_whatsapp_cost=spent_usd(found, "whatsapp"),
        total_cost=total_usd,
        cost_per_conversation=average(total_usd, started, MILLIONTH),
    )


def _states(found: Iterable[Sum]) -> dict[str, int]:
    return {one.labels[0]: int(one.value) for one in found if one.family == CONVERSATIONS}


def _started(found: Iterable[Sum]) -> int:
    return _states(found).get("started", 0)


def _by_trigger(found: Iterable[Sum]) -> dict[str, int]:
    return {one.labels[0]: int(one.value) for one in found if one.family == _HANDOFFS}


def _count(found: Iterable[Sum], family: str) -> int:
    return sum(int(one.value) for one in found if one.family == family)


def _in_minutes(mean_s: Decimal | None) -> Decimal | None:
    return None if mean_s is None else (mean_s / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)
