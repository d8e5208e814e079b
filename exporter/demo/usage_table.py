"""An SMS router's table that grows, for the scan to read.

Source: seed document 000, table definition of sms_usage_logs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from importlib.resources import files
from itertools import islice
from random import Random
from typing import NamedTuple

import asyncpg

_PERIOD_S = 1.0
_ROWS = 5
_FAILURES_RATIO = 0.03
_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
)
_ERRORS = ("Twilio error 30003", "timed out", "invalid number", "rate limit reached")


class UsageRow(NamedTuple):
    """One message that the router handled, in the order of sql/insert_usage.sql."""

    user_id: int
    phone_number: str
    message_direction: str
    message_length: int
    success: bool
    processing_time_ms: int
    error_message: str | None


def usage_rows(seed: int) -> Iterator[UsageRow]:
    """Rows without end; the same seed gives the same rows."""
    random = Random(seed)  # noqa: S311  # it must repeat, and guards nothing
    while True:
        failed = random.random() < _FAILURES_RATIO
        yield UsageRow(
            user_id=random.randrange(1, 1000),
            phone_number=f"+120255501{random.randrange(10, 100)}",
            message_direction=random.choice(("inbound", "outbound")),
            message_length=random.randint(5, 400),
            success=not failed,
            processing_time_ms=random.randint(20, 900),
            error_message=random.choice(_ERRORS) if failed else None,
        )


async def grow(dsn: str, rows: Iterator[UsageRow]) -> None:
    """Make the table when there is none, and add rows each second, through restarts; runs until cancelled."""
    while True:
        with contextlib.suppress(*_AWAY):
            await _grow(dsn, rows)
        await asyncio.sleep(_PERIOD_S)


async def _grow(dsn: str, rows: Iterator[UsageRow]) -> None:
    """The first id of each round is taken at once and its row added a round later, as in a long transaction."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_sql("create_usage"))
        held: list[tuple[int, UsageRow]] = []
        while True:
            ids = [record["id"] for record in await connection.fetch(_sql("take_usage_ids"), _ROWS)]
            first, *others = zip(ids, islice(rows, _ROWS), strict=True)
            for row_id, row in (*others, *held):
                await connection.execute(_sql("insert_usage"), row_id, *row)
            held = [first]
            await asyncio.sleep(_PERIOD_S)
    finally:
        connection.terminate()


def _sql(name: str) -> str:
    return (files("exporter.demo") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
