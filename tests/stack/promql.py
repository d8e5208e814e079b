"""What a PromQL expression asks for: each selector, with the calls and aggregations around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import promql_parser as parser

from exporter.catalogue import BY_NAME, Family, Kind, Origin

OVER_TIME = frozenset({"rate", "increase", "present_over_time", "max_over_time"})
"""What a counter may be put into: its own value says nothing."""
TARGET_LABELS = frozenset({"job", "instance"})
NOT_OURS = frozenset({"up", "ALERTS", "scrape_duration_seconds", "process_cpu_seconds_total"})
NOT_OURS_PREFIXES = ("prometheus_", "alertmanager_")


class Selection(NamedTuple):
    """One selector in its place.

    Attributes:
        around: functions and aggregations from the outermost to the innermost.
    """

    metric: str
    labels: frozenset[str]
    around: tuple[str, ...]


def selections(expression: str) -> list[Selection]:
    """Every selector of the expression; raises ValueError where it does not parse."""
    return list(_walk(parser.parse(expression), ()))


def grouping_labels(expression: str) -> set[str]:
    """Every label named in by, without, on, ignoring and group_left."""
    return set(_labels_of_groups(parser.parse(expression)))


def family(metric: str) -> Family | None:
    """The catalogue's family of a metric name, a histogram's parts included."""
    if metric in BY_NAME:
        return BY_NAME[metric]
    stem, _, part = metric.rpartition("_")
    found = BY_NAME.get(stem)
    return found if found and found.kind is Kind.HISTOGRAM and part in ("bucket", "count", "sum") else None


def is_counter(metric: str) -> bool:
    """Whether a value only ever grows: counters, and the parts of histograms."""
    found = family(metric)
    return found is not None and found.kind is not Kind.GAUGE


def is_fold(metric: str) -> bool:
    """Whether every replica shows the same number."""
    found = family(metric)
    return found is not None and found.origin is Origin.FOLD


def labels_of(metric: str) -> frozenset[str]:
    """The labels a series of this metric may have once scraped."""
    found = family(metric)
    if found is None:
        return frozenset()
    bucket = {"le"} if metric.endswith("_bucket") else set()
    return frozenset(found.labels) | bucket | TARGET_LABELS


def _walk(node: object, around: tuple[str, ...]) -> Iterator[Selection]:
    match node:
        case parser.VectorSelector():
            matchers = node.matchers.matchers
            yield Selection(str(node.name), frozenset(matcher.name for matcher in matchers), around)
        case parser.MatrixSelector():
            yield from _walk(node.vector_selector, around)
        case parser.Call():
            for argument in node.args:
                yield from _walk(argument, (*around, node.func.name))
        case parser.AggregateExpr():
            yield from _walk(node.expr, (*around, _aggregation(node)))
        case parser.BinaryExpr():
            yield from _walk(node.lhs, around)
            yield from _walk(node.rhs, around)
        case parser.ParenExpr() | parser.UnaryExpr() | parser.SubqueryExpr():
            yield from _walk(node.expr, around)


def _aggregation(node: parser.AggregateExpr) -> str:
    modifier = node.modifier
    if modifier is None or modifier.type != parser.AggModifierType.Without:
        return str(node.op)
    return f"{node.op} without ({', '.join(modifier.labels)})"


def _labels_of_groups(node: object) -> Iterator[str]:
    match node:
        case parser.AggregateExpr():
            yield from node.modifier.labels if node.modifier else ()
            yield from _labels_of_groups(node.expr)
        case parser.BinaryExpr():
            yield from (node.modifier.matching.labels if node.modifier and node.modifier.matching else ())
            yield from _labels_of_groups(node.lhs)
            yield from _labels_of_groups(node.rhs)
        case parser.Call():
            for argument in node.args:
                yield from _labels_of_groups(argument)
        case parser.ParenExpr() | parser.UnaryExpr() | parser.SubqueryExpr():
            yield from _labels_of_groups(node.expr)
