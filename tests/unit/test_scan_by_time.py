"""A table read by a time column: whoever commits when, late, updated or cut short, every row is read in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.profile import TableScan
from exporter.scans.by_time import ByTime, Mark, TimeCursor, begun
from exporter.scans.database import Database
from exporter.scans.horizon import Horizon
from exporter.scans.mapping import TableMapping
from exporter.scans.statements import Statements
from tests.unit.transactions import BEGAN, Transactions

LATE_S = 3
TABLE = TableScan.model_validate(
    {
        "name": "texts",
        "table": "texts",
        "key": "key",
        "time": "changed",
        "changed": "changed",
        "late_s": LATE_S,
        "set": {"channel": "sms", "provider": "acme", "direction": "outbound"},
        "facts": [{"fact": "sent", "kind": "message", "set": {"status": "sent"}}],
    }
)
STATEMENTS = Statements(TABLE, '"texts"', {"key": "text", "changed": "timestamptz"})
HORIZON = Horizon(xmin=50, bound=60, oldest_start=BEGAN, now=BEGAN)
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "write", "update", "commit", "rollback", "scan", "cut"]),
        st.integers(0, 2),
        st.integers(0, LATE_S),
    ),
    max_size=60,
)


class Scanned:
    """A scan of the table; `seen` are the rows it read, each with the time of its change."""

    def __init__(self, table: Transactions) -> None:
        self.seen: list[tuple[str, str]] = []
        self.state = "{}"
        self._table = table

    async def run(self, steps: int = 1_000) -> None:
        """A run of so many steps at most: one that is cut short has stored those before it."""
        mapping = TableMapping(TABLE, "scan:s", {}, {})
        way = ByTime(cast("Database", self._table), mapping, STATEMENTS, 2, lambda: self._table.now)
        async for step in way.steps(self.state):
            assert not step.read.rejected
            rows = [msgspec.json.decode(one.raw) for one in step.read.submissions]
            self.seen += [(row["key"], row["changed"]) for row in rows]
            self.state = step.state
            steps -= 1
            if not steps:
                return


def rows_of(table: Transactions) -> set[tuple[str, str]]:
    return {(record["c0"], record["c1"]) for record in map(_record(table), table.rows.items())}


def _record(table: Transactions) -> Any:
    return lambda row: table._record(*row)


async def act(table: Transactions, scanned: Scanned, action: str, place: int, late_s: int) -> None:
    if action in ("scan", "cut"):
        await scanned.run(1_000 if action == "scan" else 1)
    elif action == "begin":
        table.begin(place)
    elif action in ("commit", "rollback"):
        table.end(place, commits=action == "commit")
    else:
        key = min(table.rows, default=None) if action == "update" else None
        table.write(place, key, timedelta(seconds=late_s))


@given(ACTIONS)
async def test_every_row_is_read_as_it_is_in_the_end(actions: list[tuple[str, int, int]]) -> None:
    table = Transactions(STATEMENTS, "changed")
    scanned = Scanned(table)
    for action in actions:
        await act(table, scanned, *action)
    for place in range(3):
        table.end(place, commits=True)
    await scanned.run()  # The rest of a pass that was cut short.
    await scanned.run()
    assert rows_of(table) <= set(scanned.seen)


@given(ACTIONS)
async def test_what_nobody_can_change_any_more_is_read_no_more(actions: list[tuple[str, int, int]]) -> None:
    table = Transactions(STATEMENTS, "changed")
    scanned = Scanned(table)
    for action in actions:
        await act(table, scanned, *action)
    for place in range(3):
        table.end(place, commits=True)
    table.now += timedelta(seconds=LATE_S + 1)
    for _ in range(3):
        await scanned.run()
    scanned.seen.clear()
    await scanned.run()
    assert scanned.seen == []


def test_a_pass_begins_behind_what_was_settled_less_the_overlap() -> None:
    cursor = TimeCursor(BEGAN, (Mark(BEGAN + timedelta(hours=1), 40), Mark(BEGAN + timedelta(hours=2), 55)))
    fresh = begun(cursor, HORIZON, timedelta(minutes=1))
    assert fresh.base == BEGAN + timedelta(minutes=59)
    assert fresh.marks == (Mark(BEGAN + timedelta(hours=2), 55), Mark(BEGAN, 60))


def test_a_pass_that_was_cut_short_goes_on() -> None:
    cursor = TimeCursor(BEGAN, reached=(BEGAN, ["7"]))
    assert begun(cursor, HORIZON, timedelta(0)) == cursor


def test_marks_are_bounded() -> None:
    cursor = TimeCursor()
    for _ in range(300):
        cursor = begun(cursor, HORIZON._replace(xmin=0), timedelta(0))
    assert len(cursor.marks) == 101
