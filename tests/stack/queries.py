"""Every query of the committed dashboards, as Grafana would send it to Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.stack.generation import ROOT

DASHBOARDS = sorted((ROOT / "grafana/dashboards").glob("*.json"))
TENANT = "default"
"""The tenant that a board of one tenant shows."""
_VARIABLES = {
    "$__rate_interval": "1m",
    "$__range": "1h",
    "$tenant": ".*",
    "$channel": ".*",
    "$provider": ".*",
    "$cost": "1",
    "$performance": "1",
}
_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), \w+\)")


class DashboardQuery(NamedTuple):
    """One query of Prometheus and where it stands.

    Attributes:
        kind: `panel`, `variable` or `annotation`.
        raw: as written in the dashboard.
        expr: PromQL with every variable filled in; for a variable, the selector whose label it lists.
        instant: whether Grafana asks for one moment (stat) or a range.
    """

    dashboard: str
    place: str
    kind: str
    raw: str
    expr: str
    instant: bool


class SqlQuery(NamedTuple):
    """One query of PostgreSQL and where it stands; `raw` as written in the dashboard."""

    place: str
    raw: str

    def text(self, since: datetime, until: datetime) -> str:
        """As Grafana sends it, with variables and macros filled in."""
        text = self.raw.replace("${tenant:sqlstring}", f"'{TENANT}'").replace("${cost}", "1")
        return text.replace("$__timeFrom()", f"'{since.isoformat()}'").replace(
            "$__timeTo()", f"'{until.isoformat()}'"
        )


def dashboard_queries() -> list[DashboardQuery]:
    """Panels, variables and annotations of every dashboard."""
    return [query for path in DASHBOARDS for query in _of(path.stem, read(path))]


def sql_queries() -> list[SqlQuery]:
    """What panels ask PostgreSQL."""
    return [
        SqlQuery(_place(path.stem, panel), target["rawSql"])
        for path in DASHBOARDS
        for panel in panels(read(path))
        for target in panel["targets"]
        if "rawSql" in target
    ]


def read(path: Path) -> dict[str, Any]:
    """A dashboard as committed."""
    dashboard: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return dashboard


def filled_in(dashboard: dict[str, Any], expr: str) -> str:
    """PromQL with every variable filled in: everything where all may be chosen, else one value."""
    one = {
        f"${variable['name']}": TENANT
        for variable in dashboard["templating"]["list"]
        if variable["type"] == "query" and not variable["multi"]
    }
    for variable, value in (_VARIABLES | one).items():
        expr = expr.replace(variable, value)
    return expr


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Every panel that is not a row."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def _of(name: str, dashboard: dict[str, Any]) -> Iterator[DashboardQuery]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            if "expr" in target:
                instant = bool(target.get("instant"))
                yield _query(dashboard, _place(name, panel), "panel", target["expr"], instant=instant)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield _query(
                dashboard, f"{name} ${variable['name']}", "variable", variable["query"], instant=True
            )
    for annotation in dashboard["annotations"]["list"]:
        place = f"{name} {annotation['name']}"
        yield _query(dashboard, place, "annotation", annotation["expr"], instant=False)


def _place(name: str, panel: dict[str, Any]) -> str:
    return f"{name} {panel['id']} {panel['title']}"


def _query(dashboard: dict[str, Any], place: str, kind: str, raw: str, *, instant: bool) -> DashboardQuery:
    selector = _LABEL_VALUES.fullmatch(raw)
    expr = filled_in(dashboard, selector["selector"] if selector else raw)
    return DashboardQuery(dashboard["uid"], place, kind, raw, expr, instant)
