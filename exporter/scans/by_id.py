"""Tables that only grow, read by their integer key: late rows are found in the ids that are missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from exporter.errors import GivenUp
from exporter.scans.counted_page import Counting
from exporter.scans.cursor import (
    MAX_GAPS,
    Cursor,
    Gap,
    advance,
    backdated,
    crowded_out,
    fill,
    from_json,
    gaps_between,
    settle,
)
from exporter.scans.database import Database
from exporter.scans.horizon import look
from exporter.scans.mapping import TableMapping
from exporter.scans.open_rows import opened
from exporter.scans.page import read_rows, rows_of
from exporter.scans.row import Row, time_in
from exporter.scans.statements import Statements
from exporter.scans.step import Step
from exporter.scans.tallying import Tallying

TALLY_ROWS = 500_000
"""Rows counted by one statement: large enough to be cheap, small enough to end in time."""


class Pace(NamedTuple):
    """How much is read at a time, and how long a missing id is waited for."""

    batch_rows: int
    gap_patience_s: float
    tally_rows: int = TALLY_ROWS


class ById:
    """See the module; with a `tallying` rows are counted where they are stored."""

    def __init__(
        self,
        database: Database,
        mapping: TableMapping,
        statements: Statements,
        tallying: Tallying | None,
        pace: Pace,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._mapping = mapping
        self._statements = statements
        self._tallying = tallying
        self._pace = pace
        self._clock = clock
        self._cursor = Cursor()
        self._key = mapping.table.key[0]

    async def since(self, state: str, since: datetime) -> str:
        """See Way.since."""
        (row,) = await self._database.fetch(self._statements.id_before(), since)
        return backdated(from_json(state), row["before"]).to_json()

    async def steps(self, state: str) -> AsyncIterator[Step]:
        """See Way.steps."""
        self._cursor = from_json(state)
        async for step in self._late():
            yield step
        async for step in self._rows() if self._tallying is None else self._tallies(self._tallying):
            yield step

    async def _late(self) -> AsyncIterator[Step]:
        """Look for late rows before giving up on any: what committed before the horizon is seen by the look."""
        while self._cursor.gaps:
            cursor = self._cursor
            horizon = await look(self._database)
            lows, highs = [gap.low for gap in cursor.gaps], [gap.high for gap in cursor.gaps]
            found = await self._fetch(self._statements.between_ids(), lows, highs, self._pace.batch_rows)
            filled = fill(cursor, [self._id(row) for row in found])
            is_last = len(found) < self._pace.batch_rows
            if is_last:
                filled = settle(filled, self._now_s(), horizon.xmin, self._pace.gap_patience_s)
            if filled != cursor:
                self._cursor = filled
                yield self._step(found)._replace(late=True)
            if is_last:
                return

    async def _rows(self) -> AsyncIterator[Step]:
        before = await look(self._database)
        while True:
            cursor = self._cursor
            rows = await self._fetch(self._statements.after_id(), cursor.place, self._pace.batch_rows)
            is_whole = len(rows) == self._pace.batch_rows
            if not rows and cursor.end is None:
                return
            # After the rows: a transaction that hid one of them had its number before this.
            after = await look(self._database)
            placed = [*map(self._placed, rows)]
            if cursor.end is not None and not (is_whole and placed[-1][0] <= cursor.end):
                rows = [row for row in rows if self._id(row) <= cursor.end]
                placed = [*placed[: len(rows)], (cursor.end + 1, self._now_s())]
            found = gaps_between(cursor.place, placed, self._now_s(), after.bound)
            last = placed[-1][0] if cursor.end is None else min(placed[-1][0], cursor.end)
            gaps = self._still_open(found, before.xmin)
            self._cursor = advance(cursor, last, gaps)
            yield self._step(rows)._replace(given_up=self._crowded_out(cursor, gaps))
            if cursor.end is None and not is_whole:
                return
            before = after

    async def _tallies(self, tallying: Tallying) -> AsyncIterator[Step]:
        counting = Counting(self._database, self._statements, tallying, self._pace.batch_rows)
        first, page_rows = self._cursor.place, self._pace.tally_rows
        while True:
            cursor = self._cursor
            before = await look(self._database)
            async with self._database.snapshot():
                newest, last = await self._page_end(cursor, page_rows)
                if newest is None:
                    return
                page = await counting.page(cursor.place, last)
                found = [] if page is None else await self._gaps(cursor, last, page.rows)
            if page is None:
                page_rows = min(page_rows, last - cursor.place) // 2
                continue
            gaps = self._still_open(found, before.xmin)
            self._cursor = advance(cursor, last, gaps)
            yield Step(
                page.read(self._mapping, tallying, self._clock()),
                self._cursor.to_json(),
                rows=page.rows,
                done_ratio=(last - first) / max(1, newest - first),
                given_up=(*self._crowded_out(cursor, gaps), (GivenUp.UNTIMED_ROWS, page.unread)),
            )
            if last == newest:
                return

    async def _page_end(self, cursor: Cursor, page_rows: int) -> tuple[int | None, int]:
        """The newest id of the table, None where nothing is new, and the last id of the next page."""
        (ids,) = await self._database.fetch(self._statements.last_id(), cursor.place, page_rows)
        newest = ids["newest"]
        last = newest if ids["end_of_page"] is None else ids["end_of_page"]
        return newest, last if cursor.end is None else min(last, cursor.end)

    def _step(self, rows: list[Row]) -> Step:
        now = self._clock()
        return Step(
            read_rows(self._mapping, rows, now),
            self._cursor.to_json(),
            rows=len(rows),
            opened=opened(self._mapping, rows, now),
        )

    async def _fetch(self, statement: str, *arguments: object) -> list[Row]:
        return rows_of(self._statements.columns, await self._database.fetch(statement, *arguments))

    async def _gaps(self, cursor: Cursor, last: int, rows: int) -> list[Gap]:
        """Ids up to `last` that are missing; none are where there is a row for each."""
        if rows == last - cursor.place:
            return []
        # In the snapshot of the rows, but pg_locks is of this moment: nothing that ran then is missed.
        bound = (await look(self._database)).bound
        now_s = self._now_s()
        # Where older rows are filled in, the row behind their end shows what is missing before it.
        behind = last + 1 if last == cursor.end else last
        found = await self._database.fetch(self._statements.gaps(), cursor.place, behind, MAX_GAPS + 1)
        return [
            Gap(gap["low"], gap["high"], min(now_s, _seconds(time_in(gap["next_at"]), now_s)), bound)
            for gap in reversed(found)
        ]

    def _still_open(self, gaps: list[Gap], xmin: int) -> tuple[Gap, ...]:
        """Without those that were too old to be filled before they were found."""
        return settle(Cursor(0, tuple(gaps)), self._now_s(), xmin, self._pace.gap_patience_s).gaps

    def _crowded_out(self, cursor: Cursor, gaps: Sequence[Gap]) -> tuple[tuple[GivenUp, int], ...]:
        return ((GivenUp.MISSING_IDS, crowded_out(cursor, gaps, self._now_s(), self._pace.gap_patience_s)),)

    def _id(self, row: Row) -> int:
        return int(row[self._key] or 0)

    def _placed(self, row: Row) -> tuple[int, float]:
        now_s = self._now_s()
        return self._id(row), _seconds(time_in(row[self._mapping.table.time]), now_s)

    def _now_s(self) -> float:
        return self._clock().timestamp()


def _seconds(at: datetime | None, otherwise_s: float) -> float:
    return otherwise_s if at is None else at.timestamp()
