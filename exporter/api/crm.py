"""GET /api/v1/metrics/…: conversations, messages, handoffs and costs of a tenant by day, as seed document 001 asks.

Conversations are counted by the day on which they reached a state: started, resolved, handed off. Active are those of
a day that are neither resolved nor handed off by its end. Three handoffs of two conversations are three handoffs, and
two conversations handed off.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, NamedTuple

from pydantic import Field

from exporter.api.answer import Answer, Exact
from exporter.api.arrival import MESSAGES, arrival, ratio
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.freshness import Fresh, freshness
from exporter.api.percentile import histogram
from exporter.api.period import Dates, Days
from exporter.api.sources import Sources
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.rollup_query import Owner, Sum, by_day, sums
from exporter.measure import EXACT
from exporter.rollup import CONVERSATIONS, MESSAGE_TYPES

_TALK, _WAIT = "comms_conversation_duration_seconds", "comms_handoff_wait_seconds"
_RESPONSE, _HANDOFFS, _COSTS = (
    "comms_message_response_seconds",
    "comms_handoffs_total",
    "comms_cost_usd_total",
)
_CALLS, _TOKENS = "comms_llm_requests_total", "comms_llm_tokens_total"
_FAMILIES = (
    CONVERSATIONS,
    MESSAGE_TYPES,
    MESSAGES,
    _TALK,
    _WAIT,
    _RESPONSE,
    _HANDOFFS,
    _COSTS,
    _CALLS,
    _TOKENS,
)
_MICRO = Decimal("0.000001")


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


class Dashboard(Fresh):
    """Four lists by day; days on which nothing happened are zeros."""

    tenant_id: str = Field(description="The tenant.")
    outlet_id: str | None = Field(description="The outlet that was asked about.")
    period_start: str = Field(description="The first day.")
    period_end: str = Field(description="The last day.")
    conversations: list[ConversationDay] = Field(description="Conversations by day.")
    messages: list[MessageDay] = Field(description="Messages by day.")
    handoffs: list[HandoffDay] = Field(description="Handoffs by day.")
    costs: list[CostDay] = Field(description="Costs by day.")


class TenantSummary(Fresh):
    """A tenant in one row."""

    tenant_id: str = Field(description="The tenant.")
    tenant_name: str = Field(description="Its name; its id where no name is known.")
    period_start: str = Field(description="The first day.")
    period_end: str = Field(description="The last day.")
    total_conversations: int = Field(description="Started.")
    total_messages: int = Field(description="Received and sent.")
    average_response_time_seconds: Exact | None = Field(
        description="From question to answer; null without any."
    )
    resolution_rate: Exact | None = Field(description="Resolved of started; null without any.")
    handoff_rate: Exact | None = Field(description="Handoffs by conversations started; null without any.")
    total_cost: Exact = Field(description="US dollars.")


class _DashboardParameters(Dates):
    outlet_id: Annotated[
        str | None,
        Field(min_length=1, max_length=128, description="One outlet of the tenant.", examples=["north"]),
    ] = None


def crm_endpoints(sources: Sources) -> list[Endpoint]:
    """The endpoints of seed document 001."""
    crm = Crm(sources)
    return [
        Endpoint(
            "GET",
            "/api/v1/metrics/dashboard",
            "Conversations, messages, handoffs and costs of a tenant by day.",
            Role.TENANT_ADMIN,
            crm.dashboard,
            Dashboard,
            _DashboardParameters,
            cached=True,
        ),
        Endpoint(
            "GET",
            "/api/v1/metrics/summary",
            "A tenant in one row.",
            Role.TENANT_ADMIN,
            crm.summary,
            TenantSummary,
            Dates,
            cached=True,
        ),
    ]


class Crm(NamedTuple):
    """The handlers."""

    sources: Sources

    async def dashboard(self, asked: Asked) -> Dashboard:
        """By day of UTC."""
        days = _of_utc(asked)
        owner = Owner(asked.one_tenant, outlet=asked.parameters.outlet_id)
        async with self.sources.reader.of(owner.tenant) as connection:
            found = await by_day(connection, owner, days.period, _FAMILIES)
            fresh = await freshness(self.sources.ledger, connection)
        by_date = {at.date(): part for at, part in found.items()}
        each = [(f"{day}", by_date.get(day, [])) for day in days.all]
        return Dashboard(
            tenant_id=asked.one_tenant,
            outlet_id=asked.parameters.outlet_id,
            period_start=f"{days.first}",
            period_end=f"{days.last}",
            conversations=[_conversations(*day) for day in each],
            messages=[_messages(*day) for day in each],
            handoffs=[_handoffs(*day) for day in each],
            costs=[_costs(*day) for day in each],
            **fresh,
        )

    async def summary(self, asked: Asked) -> TenantSummary:
        """Of the whole period; the sum of the dashboard's days."""
        days = asked.parameters.chosen(datetime.now(UTC))
        async with self.sources.reader.of(asked.one_tenant) as connection:
            found = await sums(connection, Owner(asked.one_tenant), days.period, _FAMILIES)
            fresh = await freshness(self.sources.ledger, connection)
        started, handoffs = _started(found), sum(_by_trigger(found).values())
        return TenantSummary(
            tenant_id=asked.one_tenant,
            tenant_name=self.sources.config().api.tenant_names.get(asked.one_tenant, asked.one_tenant),
            period_start=f"{days.first}",
            period_end=f"{days.last}",
            total_conversations=started,
            total_messages=_messages("", found).total_messages,
            average_response_time_seconds=histogram(found, _RESPONSE).mean_s,
            resolution_rate=ratio(_states(found).get("resolved", 0), started),
            handoff_rate=ratio(handoffs, started),
            total_cost=_spent(found),
            **fresh,
        )


def _of_utc(asked: Asked) -> Days:
    if asked.parameters.tz != "UTC":
        raise Refusal(RefusalReason.BAD_PARAMETER, "tz: days of the dashboard are those of UTC")
    days: Days = asked.parameters.chosen(datetime.now(UTC))
    return days


def _conversations(date: str, found: list[Sum]) -> ConversationDay:
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


def _messages(date: str, found: list[Sum]) -> MessageDay:
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


def _handoffs(date: str, found: list[Sum]) -> HandoffDay:
    triggers = _by_trigger(found)
    return HandoffDay(
        date=date,
        total_handoffs=sum(triggers.values()),
        keyword_triggered=triggers.get("keyword", 0),
        confidence_triggered=triggers.get("confidence", 0),
        average_time_to_handoff_minutes=_in_minutes(histogram(found, _WAIT).mean_s),
        handoff_rate=ratio(sum(triggers.values()), _started(found)),
    )


def _costs(date: str, found: list[Sum]) -> CostDay:
    started, total_usd = _started(found), _spent(found)
    per_conversation = EXACT.divide(total_usd, Decimal(started)) if started else None
    return CostDay(
        date=date,
        total_llm_calls=_count(found, _CALLS),
        total_tokens_used=_count(found, _TOKENS),
        total_llm_cost=_spent(found, "llm"),
        total_whatsapp_cost=_spent(found, "whatsapp"),
        total_cost=total_usd,
        cost_per_conversation=None
        if per_conversation is None
        else per_conversation.quantize(_MICRO, ROUND_HALF_UP, EXACT),
    )


def _states(found: Iterable[Sum]) -> dict[str, int]:
    return {one.labels[0]: int(one.value) for one in found if one.family == CONVERSATIONS}


def _started(found: Iterable[Sum]) -> int:
    return _states(found).get("started", 0)


def _by_trigger(found: Iterable[Sum]) -> dict[str, int]:
    return {one.labels[0]: int(one.value) for one in found if one.family == _HANDOFFS}


def _count(found: Iterable[Sum], family: str) -> int:
    return sum(int(one.value) for one in found if one.family == family)


def _spent(found: Iterable[Sum], channel: str | None = None) -> Decimal:
    """Estimated US dollars of a channel, or of all."""
    total_usd = Decimal(0)
    for family, labels, value in found:
        if family == _COSTS and labels[3] == "estimated" and channel in (None, labels[0]):
            total_usd = EXACT.add(total_usd, value)
    return total_usd


def _in_minutes(mean_s: Decimal | None) -> Decimal | None:
    return None if mean_s is None else (mean_s / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)
