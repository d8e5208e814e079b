"""A batch of submissions becomes rows, and the rows that were new become entries."""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.event import Credit, Entry, Message, Submission
from exporter.ledger.connection import Connection
from exporter.ledger.statement import statement
from exporter.vocabulary import BIT, RANK

_encode = msgspec.json.Encoder().encode
_NO_MESSAGE = (None,) * 7


async def write(connection: Connection, submissions: list[Submission]) -> list[Entry | None]:
    """Commit a batch in one transaction; a repeat answers None in its place."""
    rows = _rows(submissions)
    rounds = max(row[0] for row in rows)
    answer = await connection.fetch(statement("append"), *map(list, zip(*rows, strict=True)), rounds)
    entries: list[Entry | None] = [None] * len(submissions)
    for place, seq, received_at, late, delivery_us in answer:
        submission = submissions[place - 1]
        delivery_s = None if delivery_us is None else delivery_us / 1_000_000
        entries[place - 1] = Entry(seq, submission.source, submission.event, received_at, late, delivery_s)
    return entries


async def set_balances(connection: Connection, submissions: list[Submission]) -> None:
    """Keep the newest balance of each user; safe to repeat."""
    balances = [
        (event.tenant, event.user or "", event.balance, event.at)
        for _, event, *_ in submissions
        if type(event) is Credit and event.balance is not None
    ]
    if balances:
        await connection.execute(statement("set_balances"), *map(list, zip(*balances, strict=True)))


def _rows(submissions: list[Submission]) -> list[tuple[Any, ...]]:
    """One tuple a submission, in the order of append_events' parameters.

    Its first item is the round: how often the batch has named this message or this key up to here.
    """
    rows: list[tuple[Any, ...]] = []
    named: dict[tuple[str, ...], int] = {}
    for source, event, raw, key, across_tenants in submissions:
        ladder: tuple[Any, ...] = (None, *_NO_MESSAGE)
        names: list[tuple[str, ...]] = []
        key_tenant: str | None = None
        if key is not None:
            key_tenant = "" if across_tenants else event.tenant
            names.append((key_tenant, source, key))
        if type(event) is Message and event.message_id is not None:
            names.append((event.tenant, event.message_id))
            ladder = (
                event.message_id,
                event.channel.value,
                event.provider,
                event.direction.value,
                event.country,
                event.status.value,
                RANK[event.status],
                BIT[event.status],
            )
        turn = 1
        for name in names:
            turn = max(turn, named.get(name, 0) + 1)
        for name in names:
            named[name] = turn
        rows.append(
            (
                turn,
                source,
                event.tenant,
                key_tenant,
                key,
                event.__struct_config__.tag,
                event.at,
                event.user,
                event.outlet,
                event.conversation_id,
                *ladder,
                _encode(event),
                raw,
            )
        )
    return rows
