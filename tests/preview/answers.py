"""What each panel of a board shows, asked of a real Prometheus and a real PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tests.e2e.demo_stage import Stage
from tests.stack.queries import SqlQuery, filled_in

Point = tuple[float, float]
"""A time in Unix seconds and a value."""
Panel = dict[str, Any]
"""As committed."""


class Line(NamedTuple):
    """A named series."""

    name: str
    points: list[Point]


class Answer(NamedTuple):
    """What a panel has to show: lines of a stat or graph, or rows of a table."""

    lines: list[Line]
    rows: list[dict[str, object]]


async def answer(stage: Stage, board: dict[str, Any], panel: Panel) -> Answer:
    """Everything the panel's queries give."""
    lines: list[Line] = []
    rows: list[dict[str, object]] = []
    for target in panel["targets"]:
        if "rawSql" in target:
            rows += await stage.rows(SqlQuery(panel["title"], target["rawSql"]))
        elif target.get("format") == "table":
            found = await stage.watch.query(filled_in(board, target["expr"]))
            rows += [{**one["metric"], "Value": float(one["value"][1])} for one in found]
        else:
            lines += await _lines(stage, target, filled_in(board, target["expr"]))
    if panel["type"] == "timeseries" and rows:
        lines, rows = _columns(rows), []
    return Answer(lines, rows)


async def _lines(stage: Stage, target: Mapping[str, Any], expr: str) -> list[Line]:
    ask = stage.watch.query if target.get("instant") else stage.watch.query_range
    return [
        Line(
            _named(target["legendFormat"], one["metric"]),
            [(float(at), float(value)) for at, value in one.get("values", [one.get("value")])],
        )
        for one in await ask(expr)
    ]


def _named(legend: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend).strip()


def _columns(rows: list[dict[str, object]]) -> list[Line]:
    """A result whose first column is the time, as one line a column."""
    names = [name for name in rows[0] if name != "time"]
    return [Line(name, [(_unix_s(row["time"]), float(str(row[name]))) for row in rows]) for name in names]


def _unix_s(at: object) -> float:
    assert isinstance(at, datetime)
    return at.timestamp()
