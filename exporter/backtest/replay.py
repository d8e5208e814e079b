"""Ask a server what an alert's expression gave, piece by piece, and say when it would have fired."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from exporter.backtest.episodes import Span, episodes, lengthen, union, waits_of
from exporter.backtest.prometheus import Prometheus, Series, TooMuch
from exporter.backtest.proposal import Proposal, Undecidable, series_of
from exporter.backtest.rule_file import Alert

MOST_POINTS = 10_000
"""Prometheus refuses more than 11,000 for a series."""
_FEWEST_POINTS = 10

Labels = tuple[tuple[str, str], ...]


class Verdict(NamedTuple):
    """What one alert would have done.

    Attributes:
        fired: how often, each label set apart.
        label_sets: how many of them fired.
        longest_s: the longest time that one of them fired.
        total_s: the time in which at least one fired.
        note: what makes the answer doubtful, empty where nothing does.
    """

    name: str
    fired: int = 0
    label_sets: int = 0
    longest_s: float = 0.0
    total_s: float = 0.0
    note: str = ""


class Window(NamedTuple):
    """The history that is played, as Unix times in seconds, and the metrics that it knows."""

    start_s: float
    end_s: float
    known: frozenset[str]


async def verdict(server: Prometheus, proposal: Proposal, alert: Alert, window: Window) -> Verdict:
    """What an alert would have done; raises HistoryUnavailable."""
    try:
        expr = proposal.applied_to(alert.expr)
    except Undecidable as unknown:
        return Verdict(alert.name, note=f"cannot be replayed: {unknown} depends on thresholds")
    fired = [
        [
            Span(span.begin, min(span.end, _last(window, alert.interval_s) + 1))
            for span in episodes(runs, waits_of(alert))
        ]
        for runs in (await _runs(server, expr, alert.interval_s, window)).values()
    ]
    return _summed(alert, fired, absent=sorted(series_of(expr) - window.known))


async def _runs(server: Prometheus, expr: str, step_s: float, window: Window) -> dict[Labels, list[Span]]:
    """The unbroken runs of each series that the expression gave, counted in evaluations."""
    # Evaluations fall on whole intervals of Unix time, so that a piece goes on where the last ended.
    at, end = ceil(window.start_s / step_s), _last(window, step_s)
    runs: dict[Labels, list[Span]] = {}
    points = MOST_POINTS
    while at <= end:
        last = min(at + points - 1, end)
        try:
            found = await server.query_range(expr, at * step_s, last * step_s, step_s)
        except TooMuch:
            if points <= _FEWEST_POINTS:
                raise
            points = max(points // 4, _FEWEST_POINTS)
            continue
        for series in found:
            lengthen(runs.setdefault(_labels(series), []), _steps(series, step_s))
        at = last + 1
    return runs


def _summed(alert: Alert, fired: list[list[Span]], absent: list[str]) -> Verdict:
    spans = [span for of_labels in fired for span in of_labels]
    return Verdict(
        alert.name,
        fired=len(spans),
        label_sets=sum(map(bool, fired)),
        longest_s=max((span.end - span.begin for span in spans), default=0) * alert.interval_s,
        total_s=sum(span.end - span.begin for span in union(spans)) * alert.interval_s,
        note=f"no history of {absent[0]}" if absent else "",
    )


def _last(window: Window, step_s: float) -> int:
    return int(window.end_s // step_s)


def _labels(series: Series) -> Labels:
    """What makes two alerts of a rule different: every label but the name."""
    return tuple(sorted((label, value) for label, value in series.metric.items() if label != "__name__"))


def _steps(series: Series, step_s: float) -> list[int]:
    return [round(at_s / step_s) for at_s, _ in series.values]
