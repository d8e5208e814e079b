"""What a Prometheus would remember of days in which little was spent, written before it starts."""

from __future__ import annotations

from pathlib import Path
from time import time

from tests.e2e.shipped import duration_ms, shrunk
from tests.stack.generation import program, succeed

HOURLY_USD = 0.1
_SERIES = 'tenant:comms_cost_usd:increase1h{{tenant="{}"}} {} {}'
_WINDOW_S = duration_ms(shrunk("8d")) // 1_000
_STEP_S = 5
"""Less than the time after which a series counts as gone."""


def remember_spend(data: Path, generation: str, tenant: str) -> None:
    """A week, shrunk as all durations are, in which a tenant spent the same each hour."""
    now_s = int(time())
    times_s = range(now_s - _WINDOW_S, now_s, _STEP_S)
    data.mkdir(parents=True)
    history = data.with_suffix(".openmetrics")
    lines = [_SERIES.format(tenant, HOURLY_USD, at_s) for at_s in times_s]
    history.write_text("\n".join([*lines, "# EOF", ""]))
    promtool = program("promtool", generation)
    succeed(promtool, "tsdb", "create-blocks-from", "openmetrics", history, data)
