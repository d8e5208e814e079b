"""Every query of the dashboards, put to a Prometheus as Grafana would."""

from __future__ import annotations

from math import isnan

from tests.e2e.watch import Series, Watch
from tests.stack.queries import DashboardQuery, dashboard_queries


async def unanswered(watch: Watch) -> set[str]:
    """The places whose answer is empty or only NaN; a query that Prometheus refuses is an error."""
    return {query.place for query in dashboard_queries() if not await _is_answered(watch, query)}


async def _is_answered(watch: Watch, query: DashboardQuery) -> bool:
    ask = watch.query if query.instant else watch.query_range
    return any(not isnan(number) for series in await ask(query.expr) for number in _numbers(series))


def _numbers(series: Series) -> list[float]:
    samples = series["values"] if "values" in series else [series["value"]]
    return [float(number) for _, number in samples]
