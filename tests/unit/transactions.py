"""A table in memory that transactions write as in PostgreSQL: seen once they commit, whatever order they began in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from exporter.scans.statements import Statements, template

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Transaction:
    def __init__(self, began: datetime) -> None:
        self.began = began
        self.number: int | None = None
        self.written: dict[str, datetime] = {}


class Transactions:
    """The table `key, changed`, and what a scan may ask of it; each action takes a second.

    Attributes:
        rows: what is committed, by key the time of its change.
    """

    def __init__(self, statements: Statements, column: str) -> None:
        self.rows: dict[str, datetime] = {}
        self.now = BEGAN
        self._statements = statements
        self._from, self._after = statements.from_time(column), statements.after_time(column)
        self._running: dict[int, _Transaction] = {}
        self._next = 100

    def write(self, place: int, key: str | None, late: timedelta) -> None:
        """Insert a row, or update the one of `key`, in the transaction of that place; its time may be `late`."""
        self.now += timedelta(seconds=1)
        one = self._running.setdefault(place, _Transaction(self.now))
        if one.number is None:
            one.number, self._next = self._next, self._next + 1
        # Two that update one row wait for each other; here the second leaves it alone.
        if not any(key in other.written for other in self._running.values()):
            one.written[key or f"k{len(self.rows)}-{self.now:%H%M%S}"] = self.now - late

    def begin(self, place: int) -> None:
        """Begin, and write nothing yet: it has no number."""
        self.now += timedelta(seconds=1)
        self._running.setdefault(place, _Transaction(self.now))

    def end(self, place: int, *, commits: bool) -> None:
        """Commit or roll back."""
        self.now += timedelta(seconds=1)
        one = self._running.pop(place, None)
        if one is not None and commits:
            self.rows |= one.written

    async def fetch(self, statement: str, *arguments: Any) -> Sequence[dict[str, Any]]:
        """As exporter.scans.database.Database.fetch."""
        if statement == template("horizon"):
            return [self._horizon()]
        if statement == self._from:
            since, until, limit = arguments
            return self._page(lambda at, _: since <= at <= until, limit)
        assert statement == self._after
        since, until, limit, behind = arguments
        return self._page(lambda at, key: (at, key) > (since, behind) and at <= until, limit)

    def _page(self, is_wanted: Any, limit: int) -> list[dict[str, Any]]:
        wanted = sorted((at, key) for key, at in self.rows.items() if is_wanted(at, key))[:limit]
        return [self._record(key, at) for at, key in wanted]

    def _record(self, key: str, at: datetime) -> dict[str, str]:
        changed_us = str((at - _EPOCH) // timedelta(microseconds=1))
        values = {"key": key, "changed": changed_us}
        return {f"c{place}": values[column] for place, column in enumerate(self._statements.columns)}

    def _horizon(self) -> dict[str, Any]:
        numbers = [one.number for one in self._running.values() if one.number is not None]
        began = [one.began for one in self._running.values()]
        xmin, oldest = min(numbers, default=self._next), min(began, default=self.now)
        return {"xmin": xmin, "bound": self._next, "oldest_start": oldest, "now": self.now}
