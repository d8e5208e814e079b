"""What one step of a scan read, and where the scan stands after it; how each kind of table is read is a `Way`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple, Protocol

from exporter.errors import GivenUp
from exporter.scans.mapping import ReadRow


class Step(NamedTuple):
    """A step; its events and its state are stored together.

    Attributes:
        read: what became of the rows.
        state: where the scan stands then, as JSON; the way's own words.
        rows: how many were read for the first time; None where that follows from what the ledger takes.
        late: whether they appeared behind the cursor.
        opened: keys of rows that may change, and the time of each.
        closed: keys of rows that are not read again.
        done_ratio: how much of the table is behind it, 0 to 1, where that is known.
        given_up: of what it lets go how many, because no more can be kept.
    """

    read: ReadRow
    state: str
    rows: int | None = 0
    late: bool = False
    opened: tuple[tuple[str, datetime], ...] = ()
    closed: tuple[str, ...] = ()
    done_ratio: float | None = None
    given_up: tuple[tuple[GivenUp, int], ...] = ()


class Way(Protocol):
    """How the rows of a table are read, each once."""

    async def since(self, state: str, since: datetime) -> str:
        """The state from which rows since a time are read too, as far as they were not yet.

        Raises:
            ScanFailed: the table cannot be read.
        """

    def steps(self, state: str) -> AsyncIterator[Step]:
        """Read from where the scan stands to the end of the table, a step at a time.

        Raises:
            ScanFailed: the table cannot be read; the steps before it stand.
        """
