"""Single calls and messages of a period, read through a cursor: a page is in memory, however many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import asyncpg
import msgspec

from exporter.event import AnyEvent, Llm, Tally
from exporter.ledger.connection import PoolConnection
from exporter.ledger.rollup_query import Owner, Period
from exporter.ledger.statement import statement

_PAGE_ROWS = 250
"""Written in about 5 ms, for which everybody else waits."""
_decode = msgspec.json.Decoder(AnyEvent).decode


class Call(NamedTuple):
    """A call of a language model, or several that a scan counted together; `event` has the sums of those."""

    at: datetime
    event: Llm
    number: int


class StoredMessage(NamedTuple):
    """What became of a message; without its text and without the addresses of people."""

    first_at: datetime
    message_id: str
    user_id: str | None
    channel: str
    provider: str
    direction: str
    country: str | None
    message_type: str | None
    status: str
    sent_at: datetime | None
    delivered_at: datetime | None
    cost_usd: Decimal | None


async def calls(connection: PoolConnection, owner: Owner, period: Period) -> AsyncIterator[list[Call]]:
    """Calls of a tenant or a user, the oldest first, as the connection's transaction sees them."""
    async for rows in _pages(connection, "export_calls", owner, period):
        told = ((row["at"], _decode(row["data"])) for row in rows)
        yield [call for at, event in told if (call := _call(at, event)) is not None]


async def messages(
    connection: PoolConnection, owner: Owner, period: Period
) -> AsyncIterator[list[StoredMessage]]:
    """Messages of a tenant or a user that began in the period, the oldest first."""
    async for rows in _pages(connection, "export_messages", owner, period):
        yield [StoredMessage(*row) for row in rows]


def _call(at: datetime, event: AnyEvent) -> Call | None:
    if isinstance(event, Tally):
        return Call(at, event.event, event.count) if isinstance(event.event, Llm) else None
    return Call(at, event, 1) if isinstance(event, Llm) else None


async def _pages(
    connection: PoolConnection, name: str, owner: Owner, period: Period
) -> AsyncIterator[list[asyncpg.Record]]:
    cursor = await connection.cursor(statement(name), owner.tenant, owner.user, *period)
    while rows := await cursor.fetch(_PAGE_ROWS):
        yield rows
