"""A panel of ours as the panel and queries of Grafana's own model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from grafana_foundation_sdk.builders import common as common_builder
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.runtime import UnknownDataquery
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    DataSourceRef,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.board import Panel, Query, Sql
from grafana.looks import column_overrides, line_overrides, thresholds

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${datasource}")
POSTGRES = DataSourceRef(type_val="grafana-postgresql-datasource", uid="${sql}")
_STACKED = common_builder.StackingConfig().mode(StackingMode.NORMAL)
"""Days are parts of a whole; nothing else is stacked."""
_ALL = "${__url_time_range}&${__all_variables}"

Drawn: TypeAlias = stat.Panel | timeseries.Panel | table.Panel


def drawn(panel: Panel, switch: str, place: model.GridPos) -> Drawn:
    """The panel in its place; a switch that is off leaves it empty."""
    result = _KINDS[panel.kind](panel)
    for query, letter in zip(panel.queries, "ABCDEF", strict=False):
        result.with_target(_target(query, letter, panel.kind, switch))
    if panel.leads_to:
        result.links([build.DashboardLink(f"More: {panel.leads_to}").url(f"/d/{panel.leads_to}?{_ALL}")])
    if panel.words:
        texts = {value: model.ValueMappingResult(text=text) for value, text in panel.words.items()}
        result.mappings([model.ValueMap(texts)])
    return (
        result.id(panel.id)
        .title(panel.title)
        .description(panel.description)
        .datasource(POSTGRES if isinstance(panel.queries[0], Sql) else PROMETHEUS)
        .unit(panel.unit)
        .grid_pos(place)
    )


def _target(query: Query | Sql, letter: str, kind: str, switch: str) -> Builder[Dataquery]:
    if isinstance(query, Sql):
        return _SqlTarget(query, letter)
    expr = f"({query.expr}) and on () vector(${switch}) == 1" if switch else query.expr
    target = prometheus.Dataquery().datasource(PROMETHEUS).expr(expr).legend_format(query.legend)
    if kind == "table":
        target.format(PromQueryFormat.TABLE)
    return (target.range() if kind == "timeseries" else target.instant()).ref_id(letter)


class _SqlTarget(Builder[Dataquery]):
    """A query as Grafana's PostgreSQL source keeps it; the SDK has no model of that."""

    def __init__(self, query: Sql, letter: str) -> None:
        self._data = {
            "datasource": {"type": POSTGRES.type_val, "uid": POSTGRES.uid},
            "editorMode": "code",
            "format": "time_series" if query.over_time else "table",
            "rawQuery": True,
            "rawSql": query.text,
            "refId": letter,
        }

    def build(self) -> Dataquery:
        return UnknownDataquery(self._data)


def _stat(panel: Panel) -> stat.Panel:
    """A tile that is coloured where a limit says what is good, and plain where nothing does."""
    judged = panel.limit is not None or panel.words is not None
    result = (
        stat.Panel()
        .reduce_options(common_builder.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_mode(BigValueColorMode.BACKGROUND if judged else BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .thresholds(thresholds(panel.limit, "text"))
    )
    return result.decimals(0) if panel.unit == "short" else result


def _timeseries(panel: Panel) -> timeseries.Panel:
    legend = common_builder.VizLegendOptions().show_legend(True)
    tooltip = common_builder.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
    line = GraphThresholdsStyleMode.OFF if panel.limit is None else GraphThresholdsStyleMode.DASHED
    result = (
        timeseries.Panel()
        .legend(legend.display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM))
        .tooltip(tooltip)
        .thresholds(thresholds(panel.limit, "green"))
        .thresholds_style(common_builder.GraphThresholdsStyleConfig().mode(line))
        .fill_opacity(8)
    )
    if any(isinstance(query, Sql) for query in panel.queries):
        result.draw_style(GraphDrawStyle.BARS).fill_opacity(60).stacking(_STACKED)
    legends = [query.legend if isinstance(query, Query) else "{{status}}" for query in panel.queries]
    for names, changes in line_overrides(legends):
        result.override_by_regexp(names, changes)
    return result if panel.can_be_negative else result.min(0)


def _table(panel: Panel) -> table.Panel:
    result = table.Panel().thresholds(thresholds(panel.limit, "text"))
    for names, changes in column_overrides(panel.columns):
        result.override_by_regexp(names, changes)
    return result


_KINDS: dict[str, Callable[[Panel], Drawn]] = {"stat": _stat, "timeseries": _timeseries, "table": _table}
