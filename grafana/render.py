"""A board of ours as a dashboard of Grafana's own model: rows of plain panels with stable ids, no transformations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from grafana.board import Board, Filter, Panel, Row, Switch, Variable
from grafana.panels import POSTGRES, PROMETHEUS, drawn

TAG = "comms-exporter"
_COLUMNS = 24
_HEIGHT = {"stat": 4, "timeseries": 8, "table": 8}
_RANGES = {
    "now-1h": "Last hour",
    "now-6h": "Last 6 hours",
    "now-24h": "Last 24 hours",
    "now-7d": "Last 7 days",
    "now-30d": "Last 30 days",
    "now-90d": "Last 90 days",
    "now-1y": "Last year",
}


def render(board: Board) -> model.Dashboard:
    """The dashboard in Grafana's own form."""
    builder = (
        build.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags([TAG])
        .timezone("utc")
        .readonly()
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time(board.since, "now")
        .timepicker(build.TimePicker().quick_ranges(list(_ranges())))
        .refresh("1m")
        .annotation(_firing_alerts(board.variables))
        .link(_other_boards())
    )
    for variable in _sources(board):
        builder.with_variable(variable)
    for chosen in board.variables:
        builder.with_variable(_switch(chosen) if isinstance(chosen, Switch) else _filter(chosen))
    _add_rows(builder, board.rows)
    return builder.build()


def _ranges() -> Iterator[build.TimeOption]:
    for since, name in _RANGES.items():
        yield build.TimeOption().display(name).from_val(since).to("now")


def _other_boards() -> build.DashboardLink:
    return (
        build.DashboardLink("Boards")
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
    )


def _add_rows(builder: build.Dashboard, rows: Sequence[Row]) -> None:
    top = 0
    for position, row in enumerate(rows, start=1):
        place = model.GridPos(h=1, w=_COLUMNS, x=0, y=top)
        builder.with_row(build.Row(row.title).id(1000 + position).grid_pos(place))
        height = max(_HEIGHT[panel.kind] for panel in row.panels)
        left = 0
        for panel, width in zip(row.panels, _widths(row.panels), strict=True):
            place = model.GridPos(h=height, w=width, x=left, y=top + 1)
            builder.with_panel(drawn(panel, row.switch, place))
            left += width
        top += 1 + height


def _widths(panels: Sequence[Panel]) -> list[int]:
    """Columns of each; what is left over at the end goes to the first ones."""
    free = _COLUMNS - sum(panel.width for panel in panels)
    sharing = sum(not panel.width for panel in panels)
    shares = iter(free // sharing + (place < free % sharing) for place in range(sharing))
    return [panel.width or next(shares) for panel in panels]


def _sources(board: Board) -> Iterator[build.DatasourceVariable]:
    yield build.DatasourceVariable("datasource").label("Data source").type(PROMETHEUS.type_val or "")
    if board.reads_sql:
        yield build.DatasourceVariable("sql").label("SQL source").type(POSTGRES.type_val or "")


def _filter(chosen: Filter) -> build.QueryVariable:
    variable = (
        build.QueryVariable(chosen.name)
        .label(chosen.label)
        .datasource(PROMETHEUS)
        .query(chosen.query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )
    if chosen.one:
        return variable
    everything = model.VariableOption(selected=True, text=["All"], value=["$__all"])
    return variable.multi(True).include_all(True).all_value(".*").current(everything)


def _switch(chosen: Switch) -> build.CustomVariable:
    shown = model.VariableOption(selected=True, text="shown", value="1")
    hidden = model.VariableOption(selected=False, text="hidden", value="0")
    return (
        build.CustomVariable(chosen.name)
        .label(chosen.label)
        .values("shown : 1, hidden : 0")
        .options([shown, hidden])
        .current(shown)
    )


def _firing_alerts(variables: Sequence[Variable]) -> build.AnnotationQuery:
    """Alerts of the chosen tenants, and those that concern no tenant."""
    tenant = ',tenant=~"$tenant|"' if any(one.name == "tenant" for one in variables) else ""
    return (
        build.AnnotationQuery()
        .name("Firing alerts")
        .datasource(PROMETHEUS)
        .enable(True)
        .icon_color("red")
        .expr(f'ALERTS{{alertstate="firing",severity=~"page|ticket"{tenant}}}')
        .title_format("{{alertname}}")
        .text_format("{{subsystem}} {{tenant}} {{channel}}")
        .step("60s")
    )
