"""Tables read by a time column: whatever may still commit behind the newest row is read again, and told by its key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from exporter.scans.database import Database
from exporter.scans.horizon import Horizon, look
from exporter.scans.mapping import TableMapping
from exporter.scans.open_rows import opened
from exporter.scans.page import read_rows, rows_of
from exporter.scans.row import Row, time_in
from exporter.scans.statements import Statements
from exporter.scans.step import Step
from exporter.sources.moment import EARLIEST, FUTURE_TOLERANCE

_MOST_MARKS = 100


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A pass through the table: what begins afterwards is not older than `at`, once all below `bound` have ended."""

    at: datetime
    bound: int


class TimeCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a scan by time stands.

    Attributes:
        base: everything before it was read.
        marks: passes whose transactions may still run, oldest first.
        reached: time and key of the last row of a pass that is not over.
    """

    base: datetime = EARLIEST
    marks: tuple[Mark, ...] = ()
    reached: tuple[datetime, list[str]] | None = None


_decode = msgspec.json.Decoder(TimeCursor).decode


def begun(cursor: TimeCursor, horizon: Horizon, overlap: timedelta) -> TimeCursor:
    """The cursor at the start of a pass: behind what nobody can add to any more. One that was cut short goes on."""
    if cursor.reached is not None:
        return cursor
    settled = [mark.at for mark in cursor.marks if mark.bound <= horizon.xmin]
    base = max([cursor.base, *(at - overlap for at in settled)])
    waiting = [mark for mark in cursor.marks if mark.bound > horizon.xmin]
    # Fewer marks only mean that more is read again.
    marks = (*waiting[:_MOST_MARKS], Mark(horizon.oldest_start, horizon.bound))
    return TimeCursor(base, marks)


class ByTime:
    """See the module."""

    def __init__(
        self,
        database: Database,
        mapping: TableMapping,
        statements: Statements,
        batch_rows: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._mapping = mapping
        self._statements = statements
        self._batch_rows = batch_rows
        self._clock = clock
        table = mapping.table
        self._column = table.changed or table.time
        self._age = timedelta(seconds=table.after_s or 0)
        self._overlap = timedelta(seconds=table.late_s) + self._age

    async def since(self, state: str, since: datetime) -> str:
        """See Way.since; what was read is read again, and told by its key."""
        cursor = _decode(state)
        if cursor == TimeCursor():
            return msgspec.json.encode(TimeCursor(since)).decode()
        if cursor.reached is not None:
            return state
        return msgspec.json.encode(msgspec.structs.replace(cursor, base=since, marks=())).decode()

    async def steps(self, state: str) -> AsyncIterator[Step]:
        """See Way.steps."""
        horizon = await look(self._database)
        cursor = begun(_decode(state), horizon, self._overlap)
        newest = horizon.now - self._age if self._age else horizon.now + FUTURE_TOLERANCE
        while True:
            rows = await self._page(cursor, newest)
            is_last = len(rows) < self._batch_rows
            reached = None if is_last else self._place(rows[-1])
            cursor = msgspec.structs.replace(cursor, reached=reached)
            now = self._clock()
            yield Step(
                read_rows(self._mapping, rows, now),
                msgspec.json.encode(cursor).decode(),
                rows=None,
                opened=opened(self._mapping, rows, now),
            )
            if is_last:
                return

    async def _page(self, cursor: TimeCursor, newest: datetime) -> list[Row]:
        if cursor.reached is None:
            statement, arguments = self._statements.from_time(self._column), (cursor.base, newest)
            records = await self._database.fetch(statement, *arguments, self._batch_rows)
        else:
            at, key = cursor.reached
            statement = self._statements.after_time(self._column)
            records = await self._database.fetch(statement, at, newest, self._batch_rows, *key)
        return rows_of(self._statements.columns, records)

    def _place(self, row: Row) -> tuple[datetime, list[str]]:
        return time_in(row[self._column]) or EARLIEST, self._mapping.key(row)
