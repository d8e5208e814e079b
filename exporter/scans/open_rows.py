"""Rows that change without a column that says so: read again by their key until they are final."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from exporter.scans.database import Database
from exporter.scans.mapping import TableMapping
from exporter.scans.page import read_rows, rows_of
from exporter.scans.row import Row, time_in
from exporter.scans.statements import Statements
from exporter.scans.step import Step

MAX_OPEN_ROWS = 100_000
"""Of one table, at the beginning of a run; beyond that the oldest are read no more."""

OpenRows = Callable[[str, int], Awaitable[list[tuple[str, datetime]]]]
"""Keys behind one, in their order, at most so many, and the time of each."""


def opened(mapping: TableMapping, rows: Iterable[Row], now: datetime) -> tuple[tuple[str, datetime], ...]:
    """Keys and times of the rows that have to be read again."""
    if mapping.table.final is None:
        return ()
    oldest = now - timedelta(seconds=mapping.table.reread_s)
    timed = ((row, time_in(row[mapping.table.time])) for row in rows if not mapping.is_final(row))
    return tuple((_written(mapping.key(row)), at) for row, at in timed if at is not None and at > oldest)


class Reread:
    """The second look at rows that were open; it takes their keys from the ledger, a page at a time."""

    def __init__(
        self,
        database: Database,
        mapping: TableMapping,
        statements: Statements,
        open_rows: OpenRows,
        batch_rows: int,
    ) -> None:
        self._database = database
        self._mapping = mapping
        self._statements = statements
        self._open_rows = open_rows
        self._batch_rows = batch_rows

    async def since(self, state: str, since: datetime) -> str:
        """See Way.since; what is open is known already."""
        return state

    async def steps(self, state: str) -> AsyncIterator[Step]:
        """See Way.steps; the state stays as it is."""
        after = ""
        while self._mapping.table.final is not None:
            page = await self._open_rows(after, self._batch_rows)
            if not page:
                return
            after = page[-1][0]
            rows = await self._fetch([key for key, _ in page])
            now = datetime.now(UTC)
            still = {key for key, _ in opened(self._mapping, rows, now)}
            closed = tuple(key for key, _ in page if key not in still)
            yield Step(read_rows(self._mapping, rows, now), state, rows=None, closed=closed)

    async def _fetch(self, keys: list[str]) -> list[Row]:
        parts = map(list, zip(*map(msgspec.json.decode, keys), strict=True))
        return rows_of(
            self._statements.columns, await self._database.fetch(self._statements.by_keys(), *parts)
        )


def _written(key: list[str]) -> str:
    return msgspec.json.encode(key).decode()
