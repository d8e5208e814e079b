"""GET /api/v1/metrics/…: conversations, messages, handoffs and costs of a tenant by day, as seed document 001 asks.

Conversations are counted by the day on which they reached a state: started, resolved, handed off. Active are those of
a day that are neither resolved nor handed off by its end. Three handoffs of two conversations are three handoffs, and
two conversations handed off.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from pydantic import Field

from exporter.api.amounts import spent_usd
from exporter.api.answer import Exact
from exporter.api.caller import Role
from exporter.api.crm_days import (
    FAMILIES,
    ConversationDay,
    CostDay,
    HandoffDay,
    MessageDay,
    conversations_of,
    costs_of,
    handoffs_of,
    messages_of,
)
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.freshness import Fresh, freshness
from exporter.api.period import Dates, Days
from exporter.api.sources import Sources
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.rollup_query import Owner, by_day, sums


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
            found = await by_day(connection, owner, days.period, FAMILIES)
            fresh = await freshness(self.sources.ledger, connection)
        by_date = {at.date(): part for at, part in found.items()}
        each = [(f"{day}", by_date.get(day, [])) for day in days.all]
        return Dashboard(
            tenant_id=asked.one_tenant,
            outlet_id=asked.parameters.outlet_id,
            period_start=f"{days.first}",
            period_end=f"{days.last}",
            conversations=[conversations_of(*day) for day in each],
            messages=[messages_of(*day) for day in each],
            handoffs=[handoffs_of(*day) for day in each],
            costs=[costs_of(*day) for day in each],
            **fresh,
        )

    async def summary(self, asked: Asked) -> TenantSummary:
        """Of the whole period; the sum of the dashboard's days."""
        days = asked.parameters.chosen(datetime.now(UTC))
        async with self.sources.reader.of(asked.one_tenant) as connection:
            found = await sums(connection, Owner(asked.one_tenant), days.period, FAMILIES)
            fresh = await freshness(self.sources.ledger, connection)
        conversations, messages = conversations_of("", found), messages_of("", found)
        return TenantSummary(
            tenant_id=asked.one_tenant,
            tenant_name=self.sources.config().api.tenant_names.get(asked.one_tenant, asked.one_tenant),
            period_start=f"{days.first}",
            period_end=f"{days.last}",
            total_conversations=conversations.total_conversations,
            total_messages=messages.total_messages,
            average_response_time_seconds=messages.average_response_time_seconds,
            resolution_rate=conversations.resolution_rate,
            handoff_rate=handoffs_of("", found).handoff_rate,
            total_cost=spent_usd(found),
            **fresh,
        )


def _of_utc(asked: Asked) -> Days:
    if asked.parameters.tz != "UTC":
        raise Refusal(RefusalReason.BAD_PARAMETER, "tz: days of the dashboard are those of UTC")
    days: Days = asked.parameters.chosen(datetime.now(UTC))
    return days
