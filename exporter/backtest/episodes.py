"""When an alert would have fired, from the times at which its expression gave a series.

The states are those of Prometheus (rules/alerting.go): pending from the first evaluation that gives the series, firing
once `for` has passed, and firing on for `keep_firing_for` after the last. Times count evaluations, from 0 on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil
from typing import NamedTuple

from exporter.backtest.rule_file import Alert


class Span(NamedTuple):
    """From one evaluation to another: the first that is in, and the first that is not."""

    begin: int
    end: int


class Waits(NamedTuple):
    """What an alert waits, in evaluations: before it fires, and before it stops."""

    hold: int
    keep: int


def waits_of(alert: Alert) -> Waits:
    """The alert's `for` and `keep_firing_for`; a part of an interval takes a whole one."""
    return Waits(*(ceil(wait_s / alert.interval_s) for wait_s in (alert.for_s, alert.keep_firing_for_s)))


def lengthen(runs: list[Span], steps: Iterable[int]) -> None:
    """Add the evaluations at which a series was there to its unbroken runs; both in order."""
    for step in steps:
        if runs and runs[-1].end == step:
            runs[-1] = Span(runs[-1].begin, step + 1)
        else:
            runs.append(Span(step, step + 1))


def episodes(runs: Iterable[Span], waits: Waits) -> Iterator[Span]:
    """When it fired: `runs` are the unbroken ones of one series, in order."""
    fired: Span | None = None
    for run in runs:
        if fired and run.begin <= fired.end:
            # It came back while it was kept firing: no new wait.
            fired = Span(fired.begin, run.end + waits.keep)
        elif run.end - run.begin > waits.hold:
            if fired:
                yield fired
            fired = Span(run.begin + waits.hold, run.end + waits.keep)
    if fired:
        yield fired


def union(spans: Iterable[Span]) -> Iterator[Span]:
    """When any of them held."""
    whole: Span | None = None
    for span in sorted(spans):
        if whole and span.begin <= whole.end:
            whole = Span(whole.begin, max(whole.end, span.end))
        else:
            if whole:
                yield whole
            whole = span
    if whole:
        yield whole
