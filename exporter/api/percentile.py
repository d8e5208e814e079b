"""Percentiles and means of histograms that rollups hold, the way Prometheus takes them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from exporter.catalogue import BY_NAME
from exporter.ledger.rollup_query import Sum
from exporter.measure import EXACT
from exporter.rollup_deltas import SUM_US

_US_PER_S = Decimal(1_000_000)


class Histogram(NamedTuple):
    """How many fell into each bucket, and all of their time.

    Attributes:
        bounds_s: the upper end of each bucket but the last, which has none.
        counts: one more than `bounds_s`, not cumulated.
    """

    bounds_s: tuple[float, ...]
    counts: tuple[int, ...]
    sum_s: Decimal

    @property
    def observed(self) -> int:
        """How many there are."""
        return sum(self.counts)

    @property
    def mean_s(self) -> Decimal | None:
        """The mean, to the microsecond; None of nothing."""
        return round(EXACT.divide(self.sum_s, Decimal(self.observed)), 6) if self.observed else None

    def quantile_s(self, quantile: float) -> float | None:
        """As histogram_quantile: linear within the bucket, its lower end in the last; None of nothing.

        Source: prometheus.io/docs/prometheus/latest/querying/functions, histogram_quantile (2026-11).
        """
        if not self.observed:
            return None
        rank = quantile * self.observed
        cumulated = list(accumulate(self.counts))
        at = next(place for place, below in enumerate(cumulated) if below >= rank)
        if at == len(self.bounds_s):
            return self.bounds_s[-1]
        lower_s = self.bounds_s[at - 1] if at else 0.0
        within = (rank - (cumulated[at] - self.counts[at])) / self.counts[at]
        return lower_s + (self.bounds_s[at] - lower_s) * within


def histogram(sums: Iterable[Sum], family: str) -> Histogram:
    """The histogram of a family over all of these sums, whatever their labels."""
    bounds_s = BY_NAME[family].buckets
    counts = [0] * (len(bounds_s) + 1)
    sum_us = Decimal(0)
    for one in sums:
        if one.family != family:
            continue
        if one.labels[-1] == SUM_US:
            sum_us += one.value
        else:
            counts[int(one.labels[-1])] += int(one.value)
    return Histogram(bounds_s, tuple(counts), sum_us / _US_PER_S)
