"""A batch of submissions becomes rows, and the rows that were new become entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from exporter.event import AnyEvent, Credit, Entry, Submission
from exporter.ledger.connection import Connection
from exporter.ledger.rows import rows
from exporter.ledger.statement import statement


async def write(connection: Connection, submissions: list[Submission]) -> list[Entry | None]:
    """Commit a batch in one transaction; a repeat answers None in its place."""
    batch = rows(submissions)
    rounds = max(row[0] for row in batch)
    columns = map(_filled, zip(*batch, strict=True))
    answer = await connection.fetch(statement("append"), *columns, rounds)
    entries: list[Entry | None] = [None] * len(submissions)
    for place, seq, received_at, *facts in answer:
        submission = submissions[place - 1]
        entries[place - 1] = entry(seq, submission.source, submission.event, received_at, *facts)
    return entries


def _filled(column: tuple[Any, ...]) -> Sequence[Any]:
    """A column as append_events takes it: nothing where all of it is null, because asyncpg looks at each element."""
    return () if column[0] is None and column.count(None) == len(column) else column


def entry(
    seq: int,
    source: str,
    event: AnyEvent,
    received_at: datetime,
    late: bool,
    delivery_us: int | None,
    response_us: int | None,
    *of_message: Any,
) -> Entry:
    """An entry of the columns that append and read_after both answer, in their order."""
    channel, engaged, template, template_steps, charged, told_again = of_message
    return Entry(
        seq,
        source,
        event,
        received_at,
        late,
        None if delivery_us is None else delivery_us / 1_000_000,
        None if response_us is None else response_us / 1_000_000,
        channel,
        engaged or 0,
        template,
        template_steps or 0,
        charged is not False,
        bool(told_again),
    )


async def set_balances(connection: Connection, submissions: list[Submission]) -> None:
    """Keep the newest balance of each user; safe to repeat."""
    balances = [
        (event.tenant, event.user or "", event.balance, event.at)
        for _, event, *_ in submissions
        if type(event) is Credit and event.balance is not None
    ]
    if balances:
        await connection.execute(statement("set_balances"), *map(list, zip(*balances, strict=True)))
