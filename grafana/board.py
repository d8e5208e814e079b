"""The words that dashboards are written in: a board has rows, a row asks a question, panels answer it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias


class Query(NamedTuple):
    """One PromQL expression and the text of its legend."""

    expr: str
    legend: str


class Sql(NamedTuple):
    """One query of PostgreSQL; `over_time` where its first column is the time of a graph, else it fills a table."""

    text: str
    over_time: bool = False


class Column(NamedTuple):
    """How a table shows one field; a hidden one is not shown at all."""

    field: str
    title: str = ""
    unit: str = ""
    hidden: bool = False


class Limit(NamedTuple):
    """Where good ends: a fixed number in the panel's unit, and on which side of it things are bad."""

    value: float
    bad: str = "above"
    color: str = "red"


class Panel(NamedTuple):
    """One panel.

    Attributes:
        id: stable for ever, because alerts link to it; tens are the row, units the place in it. A number that a panel
            had before it moved to another board is not given to another panel.
        kind: `stat` for one number now, `timeseries` for a graph, `table` for a list.
        unit: an id of Grafana's list of units.
        limit: equal to the limit of an alert where there is one.
        width: of 24 columns; 0 shares what the others of the row leave.
        words: what to show for a value instead of it.
        columns: of a table, in no order.
        leads_to: the uid of the board that says more.
    """

    id: int
    kind: str
    title: str
    description: str
    unit: str
    queries: tuple[Query | Sql, ...]
    limit: Limit | None = None
    width: int = 0
    words: Mapping[str, str] | None = None
    columns: tuple[Column, ...] = ()
    leads_to: str = ""
    can_be_negative: bool = False


class Row(NamedTuple):
    """A question, and the panels that answer it side by side.

    Attributes:
        switch: the name of the variable that hides the answers of this row.
    """

    title: str
    panels: tuple[Panel, ...]
    switch: str = ""


class Filter(NamedTuple):
    """A variable whose values are those of a label; `one` where only a single value makes sense."""

    name: str
    label: str
    query: str
    one: bool = False


class Switch(NamedTuple):
    """A variable that shows or hides rows: 1 shows them, 0 leaves them empty."""

    name: str
    label: str


Variable: TypeAlias = Filter | Switch


class Board(NamedTuple):
    """One dashboard; `uid` is its file name too.

    Attributes:
        since: how far back it looks when it is opened.
        reads_sql: whether panels ask PostgreSQL too.
    """

    uid: str
    title: str
    description: str
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    since: str = "now-6h"
    reads_sql: bool = False


def stat(
    number: int,
    title: str,
    description: str,
    unit: str,
    expr: str,
    limit: Limit | None = None,
    leads_to: str = "",
) -> Panel:
    """One number now."""
    return Panel(number, "stat", title, description, unit, (Query(expr, title),), limit, leads_to=leads_to)


def graph(
    number: int, title: str, description: str, unit: str, *queries: Query, limit: Limit | None = None
) -> Panel:
    """Lines over time."""
    return Panel(number, "timeseries", title, description, unit, queries, limit)
