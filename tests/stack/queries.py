"""Every query of the committed dashboards, as Grafana would send it to Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.stack.generation import ROOT

DASHBOARDS = sorted((ROOT / "grafana/dashboards").glob("*.json"))
_VARIABLES = {
    "$__rate_interval": "1m",
    "$__range": "1h",
    "$tenant": ".*",
    "$channel": ".*",
    "$provider": ".*",
}
_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), \w+\)")


class DashboardQuery(NamedTuple):
    """One query and where it stands.

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


def dashboard_queries() -> list[DashboardQuery]:
    """Panels, variables and annotations of every dashboard."""
    return [
        query for path in DASHBOARDS for query in _of(path.stem, json.loads(path.read_text(encoding="utf-8")))
    ]


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Every panel that is not a row."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def _of(name: str, dashboard: dict[str, Any]) -> Iterator[DashboardQuery]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            place, instant = f"{panel['id']} {panel['title']}", bool(target.get("instant"))
            yield _query(name, place, "panel", target["expr"], instant=instant)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield _query(name, variable["name"], "variable", variable["query"], instant=True)
    for annotation in dashboard["annotations"]["list"]:
        yield _query(name, annotation["name"], "annotation", annotation["expr"], instant=False)


def _query(dashboard: str, place: str, kind: str, raw: str, *, instant: bool) -> DashboardQuery:
    selector = _LABEL_VALUES.fullmatch(raw)
    expr = selector["selector"] if selector else raw
    for variable, value in _VARIABLES.items():
        expr = expr.replace(variable, value)
    return DashboardQuery(dashboard, place, kind, raw, expr, instant)
