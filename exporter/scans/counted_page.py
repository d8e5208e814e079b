"""A page of rows that the database counts: groups in place of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from exporter.scans.database import Database, Record
from exporter.scans.mapping import ReadRow, TableMapping
from exporter.scans.page import read_rows, rows_of
from exporter.scans.row import Row, time_in
from exporter.scans.statements import Statements
from exporter.scans.tallying import Group, Sums, Tallying

MOST_GROUPS = 20_000
"""Of one page: each takes about a kilobyte here, and free text may make one of every row."""


class CountedPage(NamedTuple):
    """What a database says of a stretch of ids.

    Attributes:
        groups: by what rows have in common.
        untimed: rows without a time that can be believed, as many as one batch has.
    """

    groups: Sequence[Record]
    untimed: Sequence[Row]

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(int(group["rows"]) for group in self.groups)

    @property
    def unread(self) -> int:
        """How many without a time are not in `untimed`."""
        without = sum(int(group["rows"]) for group in self.groups if group["newest"] is None)
        return without - len(self.untimed)

    def read(self, mapping: TableMapping, tallying: Tallying, now: datetime) -> ReadRow:
        """The events: a tally of each group, and what became of each row without a time."""
        whole = tallying.read(filter(None, (_group(tallying, group) for group in self.groups)), now)
        odd = read_rows(mapping, self.untimed, now)
        whole.submissions.extend(odd.submissions)
        whole.rejected.extend(odd.rejected)
        return whole


class Counting:
    """How pages of a table are counted.

    Args:
        most_untimed: rows of a page that may be fetched one by one.
    """

    def __init__(
        self, database: Database, statements: Statements, tallying: Tallying, most_untimed: int
    ) -> None:
        self._database = database
        self._statements = statements
        self._groups = statements.groups(tallying)
        self._most_untimed = most_untimed

    async def page(self, after: int, last: int) -> CountedPage | None:
        """The rows behind one id and up to another; None where they have too little in common.

        Raises:
            ScanFailed: the table cannot be read.
        """
        groups = await self._database.fetch(self._groups, after, last, MOST_GROUPS + 1)
        if len(groups) > MOST_GROUPS:
            return None
        return CountedPage(groups, await self._untimed(groups, after, last))

    async def _untimed(self, groups: Sequence[Record], after: int, last: int) -> Sequence[Row]:
        if all(group["newest"] is not None for group in groups):
            return []
        statement = self._statements.untimed()
        records = await self._database.fetch(statement, after, last, self._most_untimed)
        return rows_of(self._statements.columns, records)


def _group(tallying: Tallying, record: Record) -> Group | None:
    newest = time_in(record["newest"])
    if newest is None:
        return None
    words = {column: record[f"w{place}"] for place, column in enumerate(tallying.words)}
    words |= {column: record[f"p{place}"] for place, column in enumerate(tallying.presences)}
    sums = {
        name: Sums(record[f"b{place}"], _decimal(record[f"s{place}"]))
        for place, name in enumerate(tallying.measures)
    }
    return Group(words, record["rows"], newest, sums)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
