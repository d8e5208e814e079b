"""Reading what was stored: entries behind a place in the ledger, in commit order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from exporter.event import AnyEvent, Entry
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement
from exporter.ledger.write import entry

PAGE_EVENTS = 500
_decode = msgspec.json.Decoder(AnyEvent).decode
# The clock that dates partitions may step back; rows later than the cursor are looked for from this much earlier on.
_CLOCK_SLACK = timedelta(days=1)
FIRST = datetime(1, 1, 2, tzinfo=UTC) + _CLOCK_SLACK
"""Before every entry."""


class Stretch(NamedTuple):
    """A part of the ledger: how many entries, and the last of them."""

    events: int
    seq: int
    received_at: datetime


async def page(pool: Pool, seq: int, since: datetime, limit: int = PAGE_EVENTS) -> list[Entry]:
    """The entries behind one, received since then, at most so many.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        rows = await pool.fetch(statement("read_after"), seq, since - _CLOCK_SLACK, limit)
    return _entries(rows)


async def stretch(pool: Pool, seq: int, since: datetime, limit: int) -> Stretch | None:
    """How far the next entries reach, at most so many; None where there are none.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        row = await pool.fetchrow(statement("stretch_after"), seq, since - _CLOCK_SLACK, limit)
    return None if row is None or not row["events"] else Stretch(*row)


async def of_kinds(
    pool: Pool, seq: int, since: datetime, end: Stretch, kinds: Sequence[type[AnyEvent]]
) -> list[Entry]:
    """The entries of some kinds behind one, up to the end of a stretch; the others are not even read.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    tags = [kind.__struct_config__.tag for kind in kinds]
    async with passing_errors():
        rows = await pool.fetch(statement("read_kinds"), seq, since - _CLOCK_SLACK, end.seq, tags)
    return _entries(rows)


def _entries(rows: Iterable[Iterable[Any]]) -> list[Entry]:
    return [
        entry(seq, source, _decode(data), received_at, *facts)
        for seq, source, received_at, *facts, data in rows
    ]
