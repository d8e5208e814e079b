"""Calls of language models, one a row, with the columns of seed document 002."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC
from decimal import Decimal

from pydantic import Field

from exporter.api.answer import Answer, Exact
from exporter.api.exports.table import Chart, Table
from exporter.api.period import LastDays
from exporter.api.usage import Credits
from exporter.event import Llm
from exporter.fold_cost import costs_of
from exporter.ledger.connection import PoolConnection
from exporter.ledger.export_query import Call, calls
from exporter.ledger.rollup_query import Owner, Period
from exporter.measure import sum_of
from exporter.vocabulary import LlmStatus


class UsageRow(Answer):
    """A call, or those that a scan counted together."""

    date: str = Field(title="Date", description="The day, UTC, as YYYY-MM-DD.")
    time: str = Field(title="Time", description="The time of day, UTC, as HH:MM:SS.")
    provider: str = Field(title="Provider", description="Who was called.")
    model: str = Field(title="Model", description="The model's name.")
    credits: Exact | None = Field(
        title="Credits", description="Prepaid credits used; null where none are sold."
    )
    cost_usd: Exact | None = Field(
        title="Cost (USD)", description="US dollars; null where we have no price. Four places in CSV and PDF."
    )
    description: str = Field(title="Description", description="What it was, and how it ended if not well.")


def usage_table(credits: Callable[[], Credits]) -> Table:
    """The table, with what a dollar is in credits."""

    async def rows(connection: PoolConnection, owner: Owner, period: Period) -> AsyncIterator[list[Answer]]:
        in_credits = credits()
        async for page in calls(connection, owner, period):
            yield [_row(call, in_credits) for call in page]

    return Table(
        name="usage",
        title="Usage of language models",
        parameters=LastDays,
        row=UsageRow,
        rows=rows,
        charts=(
            Chart("Cost by day (USD)", by="date", value="cost_usd", in_order=True),
            Chart("Cost by model (USD)", by="model", value="cost_usd"),
        ),
        places={"cost_usd": 4},
    )


def _row(call: Call, credits: Credits) -> UsageRow:
    at, event = call.at.astimezone(UTC), call.event
    cost_usd = _cost_usd(event)
    return UsageRow(
        date=f"{at:%Y-%m-%d}",
        time=f"{at:%H:%M:%S}",
        provider=event.provider,
        model=event.model,
        credits=None if cost_usd is None else credits.of(cost_usd),
        cost_usd=cost_usd,
        description=_description(event, call.number),
    )


def _cost_usd(event: Llm) -> Decimal | None:
    """As it is counted."""
    parts_usd = costs_of(event, "llm")
    return None if parts_usd is None else sum_of(part for part in parts_usd.values() if part is not None)


def _description(event: Llm, count: int) -> str:
    what = "completion" if event.operation == "chat" else event.operation
    ended = "" if event.status is LlmStatus.OK else f" ({event.status.value})"
    return f"LLM {what}{ended}" if count == 1 else f"{count} calls: LLM {what}{ended}"
