"""Notifications of what happens in the ledger: each page of events, what it tells and its place in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from exporter.errors import LedgerUnavailable
from exporter.event import Account, Credit, Entry, Payment
from exporter.ledger.connection import Pool, PoolConnection, passing_errors
from exporter.ledger.entries import FIRST, of_kinds, stretch
from exporter.ledger.notifications import Notice, add, erasures_passing
from exporter.ledger.statement import statement

_STRETCH_EVENTS = 5_000
TELLING = (Account, Credit, Payment)
"""The kinds of events that tell somebody something: few among millions of messages."""


class CreditMark(NamedTuple):
    """Whether the newest balance of a user was low, and of when it is."""

    low: bool
    at: datetime


CreditMarks: TypeAlias = Mapping[tuple[str, str], CreditMark]
"""By tenant and user; the user is empty for the balance of a tenant."""


class News(NamedTuple):
    """What entries tell: notices, and marks that are new."""

    notices: list[Notice]
    marks: CreditMarks


Tell: TypeAlias = Callable[[Sequence[Entry], CreditMarks], News]
"""What entries tell, given the marks of the users they are about."""


class NotificationFeed:
    """Follows the ledger from where notifications began; a crash neither loses nor repeats one."""

    def __init__(self, pool: Callable[[], Pool], tell: Tell) -> None:
        self._pool = pool
        self._tell = tell
        self._since = FIRST

    async def run(self) -> int:
        """Read to the ledger's end; the answer is how many notifications are new.

        Raises:
            LedgerUnavailable: the ledger does not answer, or another replica was faster; the next run goes on.
        """
        told = 0
        while True:
            async with passing_errors():
                seq: int = await self._pool().fetchval(statement("notified"))
            end = await stretch(self._pool(), seq, self._since, _STRETCH_EVENTS)
            if end is None:
                return told
            entries = await of_kinds(self._pool(), seq, self._since, end, TELLING)
            told += await self._take(entries, seq, end.seq)
            self._since = end.received_at
            if end.events < _STRETCH_EVENTS:
                return told
            await asyncio.sleep(0)

    async def _take(self, entries: list[Entry], seq: int, end_seq: int) -> int:
        async with (
            passing_errors(),
            erasures_passing(),
            self._pool().acquire() as connection,
            connection.transaction(),
        ):
            moved = await connection.fetchval(statement("move_notifications"), end_seq, seq)
            if moved is None:
                raise LedgerUnavailable("another replica moved the notifications")
            news = self._tell(entries, await _marks(connection, entries))
            if news.marks:
                rows = [(*whose, *mark) for whose, mark in news.marks.items()]
                await connection.execute(statement("set_credit_marks"), *map(list, zip(*rows, strict=True)))
            return len(await add(connection, news.notices)) if news.notices else 0


async def _marks(connection: PoolConnection, entries: Sequence[Entry]) -> CreditMarks:
    asked = {(entry.event.tenant, entry.event.user or "") for entry in entries if type(entry.event) is Credit}
    if not asked:
        return {}
    rows = await connection.fetch(statement("credit_marks"), *map(list, zip(*asked, strict=True)))
    return {(row[0], row[1]): CreditMark(row[2], row[3]) for row in rows}
