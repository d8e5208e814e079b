"""Sums by hour and day, brought up to the ledger's end page by page: each page and its place in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from exporter.config import RetentionConfig
from exporter.errors import LedgerUnavailable
from exporter.event import Conversation, Entry
from exporter.ledger.connection import Pool, PoolConnection, passing_errors
from exporter.ledger.entries import FIRST, page
from exporter.ledger.statement import statement
from exporter.rollup import Known, Rollup, Sums

_PAGE_EVENTS = 5000
_SEPARATOR = "\x1f"
"""Between labels, which hold printable characters only."""
HOURS, DAYS = "rollup_hour", "rollup_day"


class RolledUp(NamedTuple):
    """How far the sums reach: a place in the ledger, and when they were last brought there."""

    seq: int
    as_of: datetime


async def rolled_up(asked: Pool | PoolConnection) -> RolledUp:
    """How far the sums reach, in the snapshot of a connection where one is asked.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        row = await asked.fetchrow(statement("rolled_up"))
    return RolledUp(0, FIRST) if row is None else RolledUp(row["seq"], row["written_at"])


class RollUp:
    """The work of bringing the sums up to the ledger's end; several replicas may do it, one page counts once."""

    def __init__(
        self, pool: Callable[[], Pool], retention: Callable[[], RetentionConfig], limit: int
    ) -> None:
        self._pool = pool
        self._retention = retention
        self._rollup = Rollup(limit)
        self._since = FIRST
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> int:
        """Add everything that was stored since; the answer is how many events.

        Raises:
            LedgerUnavailable: the ledger does not answer, or another replica was faster; the next run goes on.
        """
        async with self._one_at_a_time:
            return await self._to_the_end()

    async def _to_the_end(self) -> int:
        added = 0
        seq = (await rolled_up(self._pool())).seq
        while True:
            entries = await page(self._pool(), seq, self._since, _PAGE_EVENTS)
            await self._add(entries, seq)
            added += len(entries)
            if len(entries) < _PAGE_EVENTS:
                return added
            seq, self._since = entries[-1].seq, entries[-1].received_at

    async def _add(self, entries: list[Entry], seq: int) -> None:
        async with passing_errors(), self._pool().acquire() as connection, connection.transaction():
            known = Known(await _users(connection, entries), await _reached(connection, entries))
            # In a thread: thousands of events take longer than a webhook should wait for.
            hours, days = await asyncio.to_thread(self._rollup.take, entries, known)
            moved = await connection.fetchval(
                statement("move_rollups"), entries[-1].seq if entries else seq, seq
            )
            if moved is None:
                raise LedgerUnavailable("another replica moved the rollups")
            await self._write(connection, HOURS, hours, self._retention().hours_days)
            await self._write(connection, DAYS, days, self._retention().days_days)

    async def _write(self, connection: PoolConnection, table: str, sums: Sums, kept_days: int) -> None:
        """Add sums; those of days that are past keeping are left out."""
        first = datetime.now(UTC) - timedelta(days=kept_days)
        kept = {cell: value for cell, value in sums.items() if cell.begins >= first}
        if not kept:
            return
        months = sorted({cell.begins.date().replace(day=1) for cell in kept})
        await connection.execute("SELECT ensure_rollup_partitions($1, $2)", table, months)
        rows = sorted((*cell[:5], _SEPARATOR.join(cell.labels), value) for cell, value in kept.items())
        await connection.execute(statement(f"add_to_{table}"), *map(list, zip(*rows, strict=True)))


async def prune_rollups(pool: Pool, retention: RetentionConfig) -> int:
    """Drop whole months that are past keeping; the answer is how many.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    dropped = 0
    async with passing_errors():
        for table, days in ((HOURS, retention.hours_days), (DAYS, retention.days_days)):
            first = (datetime.now(UTC) - timedelta(days=days)).date()
            dropped += await pool.fetchval("SELECT drop_rollup_partitions($1, $2)", table, first)
    return dropped


async def _users(connection: PoolConnection, entries: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """Whose the messages are that do not say so: the application told it with another step."""
    asked = {
        (event.tenant, message_id)
        for event in (entry.event for entry in entries)
        if event.user is None and (message_id := getattr(event, "message_id", None))
    }
    if not asked:
        return {}
    rows = await connection.fetch(statement("users_of_messages"), *map(list, zip(*asked, strict=True)))
    return {(row["tenant"], row["message_id"]): row["user_id"] for row in rows}


async def _reached(connection: PoolConnection, entries: Iterable[Entry]) -> frozenset[tuple[str, str, str]]:
    """Which conversations reach a state for the first time; written down with the sums that count them."""
    states = [
        (event.tenant, event.conversation_id, event.state.value)
        for event in (entry.event for entry in entries)
        if isinstance(event, Conversation) and event.conversation_id is not None
    ]
    if not states:
        return frozenset()
    rows = await connection.fetch(statement("reach_states"), *map(list, zip(*states, strict=True)))
    return frozenset((row["tenant"], row["conversation_id"], row["state"]) for row in rows)
