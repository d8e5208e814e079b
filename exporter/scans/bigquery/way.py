"""Tables of a warehouse, read by a time column.

Nothing tells which writers are still at work, so the newest stretch of time is read again, and its rows are told by
their keys.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.bigquery.api import Page
from exporter.scans.bigquery.column_types import Ask
from exporter.scans.bigquery.statements import Statements
from exporter.scans.mapping import TableMapping
from exporter.scans.open_rows import OpenRows, opened
from exporter.scans.page import read_rows, rows_of
from exporter.scans.row import Row, time_in
from exporter.scans.step import Step
from exporter.sources.moment import EARLIEST

MOST_ROWS = 1_000_000
"""Of one query: more could not be put in order."""
_OPEN_KEYS = 10_000


class NewestCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The time of the newest row that was read."""

    newest: datetime = EARLIEST


class Overlap(NamedTuple):
    """How much later than its time a row may come, and how old it must be to be read at all."""

    late: timedelta
    age: timedelta


_decode = msgspec.json.Decoder(NewestCursor).decode


class ByNewest:
    """Reads what is not older than the newest row, but for an overlap."""

    def __init__(
        self,
        ask: Ask,
        mapping: TableMapping,
        statements: Statements,
        overlap: Overlap,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ask = ask
        self._mapping = mapping
        self._statements = statements
        self._overlap = overlap
        self._clock = clock

    async def since(self, state: str, since: datetime) -> str:
        """See Way.since; what was read is read again, and told by its key."""
        newest, wanted = _decode(state).newest, since + self._overlap.late
        return _written(wanted if newest == EARLIEST else min(newest, wanted))

    async def steps(self, state: str) -> AsyncIterator[Step]:
        """See Way.steps; a page is a step."""
        newest = _decode(state).newest
        since, until = newest - self._overlap.late, self._clock() - self._overlap.age
        read = MOST_ROWS
        while read >= MOST_ROWS:
            read = 0
            async for page in self._rows(max(since, EARLIEST), until):
                rows = rows_of(self._statements.columns, page.rows)
                read += len(rows)
                newest = max(newest, self._newest(rows))
                yield self._step(rows, newest)
            if read >= MOST_ROWS and newest <= since:
                raise ScanFailed(ScanStatus.TOO_MANY_ROWS, f"more than {MOST_ROWS} rows of one moment")
            since = newest

    def _rows(self, since: datetime, until: datetime) -> AsyncIterator[Page]:
        return self._ask(self._statements.from_time(), {"since": since, "until": until, "most": MOST_ROWS})

    def _newest(self, rows: list[Row]) -> datetime:
        """They come in the order of their time."""
        return (time_in(rows[-1][self._statements.time]) if rows else None) or EARLIEST

    def _step(self, rows: list[Row], newest: datetime) -> Step:
        now = self._clock()
        read = read_rows(self._mapping, rows, now)
        return Step(read, _written(newest), rows=None, opened=opened(self._mapping, rows, now))


class RereadOpen:
    """The second look at rows that were open, all in one query: it is billed by the columns, not by the keys."""

    def __init__(
        self,
        ask: Ask,
        mapping: TableMapping,
        statements: Statements,
        open_rows: OpenRows,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ask = ask
        self._mapping = mapping
        self._statements = statements
        self._open_rows = open_rows
        self._clock = clock

    async def since(self, state: str, since: datetime) -> str:
        """See Way.since; what is open is known already."""
        return state

    async def steps(self, state: str) -> AsyncIterator[Step]:
        """See Way.steps; the state stays as it is."""
        after = ""
        while self._mapping.table.final is not None:
            page = await self._open_rows(after, _OPEN_KEYS)
            if not page:
                return
            after = page[-1][0]
            rows = await self._found(page)
            now = self._clock()
            still = {key for key, _ in opened(self._mapping, rows, now)}
            closed = tuple(key for key, _ in page if key not in still)
            yield Step(read_rows(self._mapping, rows, now), state, rows=None, closed=closed)

    async def _found(self, page: list[tuple[str, datetime]]) -> list[Row]:
        wanted = ["\x1f".join(msgspec.json.decode(key)) for key, _ in page]
        since = min(at for _, at in page)
        pages = self._ask(self._statements.by_keys(), {"since": since, "wanted": wanted})
        return [row async for found in pages for row in rows_of(self._statements.columns, found.rows)]


def _written(newest: datetime) -> str:
    return msgspec.json.encode(NewestCursor(newest)).decode()
