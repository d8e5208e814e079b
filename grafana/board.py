"""How our dashboards look: rows of plain panels on one data source, with stable ids and no transformations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    DataSourceRef,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
)

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_COLUMNS = 24
_HEIGHT = {"stat": 4, "timeseries": 8}


class Query(NamedTuple):
    """One PromQL expression and the text of its legend."""

    expr: str
    legend: str


class Panel(NamedTuple):
    """One panel.

    Attributes:
        id: stable for ever, because alerts link to it; tens are the row, units the place in it.
        kind: `stat` for one number now, `timeseries` for a graph.
        unit: an id of Grafana's list of units.
        limit: a fixed line, in the panel's unit, equal to the limit of an alert.
    """

    id: int
    kind: str
    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    limit: float | None = None


class Row(NamedTuple):
    """A question, and the panels that answer it side by side."""

    title: str
    panels: tuple[Panel, ...]


class Filter(NamedTuple):
    """A variable whose values are those of a label."""

    name: str
    label: str
    query: str


class Board(NamedTuple):
    """One dashboard; `uid` is its file name too."""

    uid: str
    title: str
    description: str
    filters: tuple[Filter, ...]
    rows: tuple[Row, ...]


def render(board: Board) -> model.Dashboard:
    """The dashboard in Grafana's own form."""
    builder = (
        build.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["comms-exporter"])
        .timezone("utc")
        .readonly()
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .refresh("1m")
        .annotation(_firing_alerts())
        .with_variable(build.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    )
    for chosen in board.filters:
        builder.with_variable(_variable(chosen))
    _add_rows(builder, board.rows)
    return builder.build()


def _add_rows(builder: build.Dashboard, rows: Sequence[Row]) -> None:
    top = 0
    for position, row in enumerate(rows, start=1):
        place = model.GridPos(h=1, w=_COLUMNS, x=0, y=top)
        builder.with_row(build.Row(row.title).id(1000 + position).grid_pos(place))
        width = _COLUMNS // len(row.panels)
        height = max(_HEIGHT[panel.kind] for panel in row.panels)
        for column, panel in enumerate(row.panels):
            place = model.GridPos(h=height, w=width, x=column * width, y=top + 1)
            builder.with_panel(_panel(panel, place))
        top += 1 + height


def _panel(panel: Panel, place: model.GridPos) -> stat.Panel | timeseries.Panel:
    drawn = _stat() if panel.kind == "stat" else _timeseries()
    for query, letter in zip(panel.queries, "ABCDEF", strict=False):
        drawn.with_target(_target(query, letter, instant=panel.kind == "stat"))
    return (
        drawn.id(panel.id)
        .title(panel.title)
        .description(panel.description)
        .datasource(DATASOURCE)
        .unit(panel.unit)
        .thresholds(_limit(panel.limit))
        .grid_pos(place)
    )


def _target(query: Query, letter: str, *, instant: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().datasource(DATASOURCE).expr(query.expr).legend_format(query.legend)
    return (target.instant() if instant else target.range()).ref_id(letter)


def _stat() -> stat.Panel:
    return stat.Panel().reduce_options(common_builder.ReduceDataOptions().calcs(["lastNotNull"]))


def _timeseries() -> timeseries.Panel:
    legend = common_builder.VizLegendOptions().show_legend(True)
    tooltip = common_builder.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    return (
        timeseries.Panel()
        .min(0)
        .legend(legend.display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM))
        .tooltip(tooltip)
    )


def _limit(limit: float | None) -> build.ThresholdsConfig:
    steps = [model.Threshold(value=None, color="green")]
    if limit is not None:
        steps.append(model.Threshold(value=limit, color="red"))
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _variable(chosen: Filter) -> build.QueryVariable:
    return (
        build.QueryVariable(chosen.name)
        .label(chosen.label)
        .datasource(DATASOURCE)
        .query(chosen.query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _firing_alerts() -> build.AnnotationQuery:
    return (
        build.AnnotationQuery()
        .name("Firing alerts")
        .datasource(DATASOURCE)
        .enable(True)
        .icon_color("red")
        .expr('ALERTS{alertstate="firing",severity=~"page|ticket"}')
        .title_format("{{alertname}}")
        .text_format("{{subsystem}} {{tenant}} {{channel}}")
        .step("60s")
    )
