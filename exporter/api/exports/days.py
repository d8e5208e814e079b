"""Sums by day: costs, and SMS; from the rollups, as the analytics and /metrics have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

from pydantic import Field

from exporter.api.amounts import COST, spent_usd
from exporter.api.answer import Answer, Exact
from exporter.api.arrival import MESSAGES, arrival
from exporter.api.exports.table import Chart, Table
from exporter.api.period import Range
from exporter.ledger.connection import PoolConnection
from exporter.ledger.rollup_query import Owner, Period, Sum, by_day

_SMS = "sms"


class UtcRange(Range):
    """A preset, or dates in its place; sums of users are kept by days of UTC."""

    tz: Literal["UTC"] = Field(default="UTC", description="Days are those of UTC.")


class CostRow(Answer):
    """Money of a day."""

    date: str = Field(title="Date", description="The day, UTC, as YYYY-MM-DD.")
    channel: str = Field(title="Channel", description="`sms`, `whatsapp`, `email`, `llm` or another.")
    provider: str = Field(title="Provider", description="To whom it is paid.")
    component: str = Field(title="Component", description="What it was for.")
    basis: str = Field(title="Basis", description="`estimated` by price lists, or as a provider states it.")
    cost_usd: Exact = Field(title="Cost (USD)", description="US dollars.")


class SmsRow(Answer):
    """SMS of a day."""

    date: str = Field(title="Date", description="The day, UTC, as YYYY-MM-DD.")
    inbound: int = Field(title="Inbound", description="Received.")
    outbound: int = Field(title="Outbound", description="Attempted.")
    delivered: int = Field(title="Delivered", description="With a receipt that says so.")
    failed: int = Field(title="Failed", description="Failed or undelivered.")
    cost_usd: Exact = Field(title="Cost (USD)", description="US dollars, by our price lists.")


async def _costs(connection: PoolConnection, owner: Owner, period: Period) -> AsyncIterator[list[Answer]]:
    for day, found in (await by_day(connection, owner, period, [COST])).items():
        yield [_cost(f"{day:%Y-%m-%d}", one) for one in sorted(found)]


async def _sms(connection: PoolConnection, owner: Owner, period: Period) -> AsyncIterator[list[Answer]]:
    for day, found in (await by_day(connection, owner, period, [MESSAGES, COST])).items():
        of_sms = [one for one in found if one.labels[0] == _SMS]
        if of_sms:
            yield [_of_day(f"{day:%Y-%m-%d}", of_sms)]


COSTS = Table(
    name="costs",
    title="Costs by day",
    parameters=UtcRange,
    row=CostRow,
    rows=_costs,
    charts=(
        Chart("Cost by day, all bases (USD)", by="date", value="cost_usd", in_order=True),
        Chart("Cost by channel, all bases (USD)", by="channel", value="cost_usd"),
    ),
    from_rollups=True,
)
SMS = Table(
    name="sms",
    title="SMS by day",
    parameters=UtcRange,
    row=SmsRow,
    rows=_sms,
    charts=(
        Chart("Outbound by day", by="date", value="outbound", in_order=True),
        Chart("Failed by day", by="date", value="failed", in_order=True),
    ),
    from_rollups=True,
)


def _cost(date: str, one: Sum) -> CostRow:
    channel, provider, component, basis = one.labels
    return CostRow(
        date=date, channel=channel, provider=provider, component=component, basis=basis, cost_usd=one.value
    )


def _of_day(date: str, found: list[Sum]) -> SmsRow:
    whole = arrival(found)
    return SmsRow(
        date=date,
        inbound=whole.received,
        outbound=whole.attempted,
        delivered=whole.delivered,
        failed=whole.failed,
        cost_usd=spent_usd(found),
    )
