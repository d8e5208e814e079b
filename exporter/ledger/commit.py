"""One batch is committed, whatever single values in it the database will not have."""

from __future__ import annotations

from contextlib import nullcontext
from time import perf_counter

import asyncpg

from exporter.errors import Reason
from exporter.event import Entry, Submission
from exporter.ledger.connection import POISON, Connection, passing_errors
from exporter.ledger.cursor import Move, write_move
from exporter.ledger.write import set_balances, write
from exporter.selfmetrics import SelfMetrics

BATCH_EVENTS = 1_000
"""What one transaction takes at most; more than that commits in several."""

Answer = list[Entry | Reason | None]
"""In the order asked: the entry, None for a repeat, or why the database would not have it."""


async def commit(connection: Connection, submissions: list[Submission], metrics: SelfMetrics) -> Answer:
    """Store a batch, on disk when this returns.

    Raises:
        LedgerUnavailable: perhaps stored, perhaps not; asking again is safe.
    """
    answers: Answer = []
    for start in range(0, len(submissions), BATCH_EVENTS):
        part = submissions[start : start + BATCH_EVENTS]
        began = perf_counter()
        answers += await _store(connection, part)
        metrics.append_seconds.observe(perf_counter() - began)
        metrics.batch_events.observe(len(part))
    return answers


async def commit_move(
    connection: Connection, submissions: list[Submission], move: Move, metrics: SelfMetrics
) -> Answer:
    """Store what a step of a scan read and where it stands then, both or neither.

    Raises:
        LedgerUnavailable: perhaps stored, perhaps not; the cursor says which.
        ScanMoved: another replica was faster; nothing is stored.
    """
    async with passing_errors(), connection.transaction():
        await write_move(connection, move)
        return await commit(connection, submissions, metrics)


async def _store(connection: Connection, submissions: list[Submission]) -> Answer:
    """Write a batch; when the database refuses a value in it, find the one event it is about."""
    try:
        return await _write(connection, submissions)
    except POISON:
        if len(submissions) == 1:
            return [Reason.STORAGE]
        middle = len(submissions) // 2
        first = await _store(connection, submissions[:middle])
        return first + await _store(connection, submissions[middle:])


async def _write(connection: Connection, submissions: list[Submission]) -> Answer:
    try:
        return await _written(connection, submissions)
    except asyncpg.CheckViolationError:
        # No partition for today: an exporter that slept over midnight. Make it and go on.
        async with passing_errors():
            await connection.execute("SELECT ensure_partitions((now() AT TIME ZONE 'UTC')::date, 2)")
        return await _written(connection, submissions)


async def _written(connection: Connection, submissions: list[Submission]) -> Answer:
    inside = connection.transaction() if connection.is_in_transaction() else nullcontext()
    async with passing_errors(), inside:
        entries = await write(connection, submissions)
        await set_balances(connection, submissions)
        return list(entries)
