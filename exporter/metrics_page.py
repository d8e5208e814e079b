"""What /metrics shows: the totals that were published last, and the process's own numbers beside them."""

from __future__ import annotations

from collections.abc import Mapping
from time import time

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from exporter.exposition import Exposition
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals


class MetricsPage:
    """The page of one exporter.

    Attributes:
        metrics: instruments about this process.
        totals: as published last; empty until the ledger has been read.
        exposition: both of them, as bytes.
    """

    def __init__(self, series_per_metric: int) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter
        self._registry = _registry()
        self._advanced: dict[tuple[Counter, str], int] = {}
        self.metrics = SelfMetrics(self._registry, time)
        self.publish(Totals(series_per_metric))
        # Whoever looks for them before the first scrape finds them.
        self.count_series(series_per_metric)

    def publish(self, totals: Totals) -> None:
        """Show these totals from now on."""
        self.totals = totals
        self.exposition = Exposition(totals, self._registry)

    def count_series(self, limit: int) -> None:
        """Bring the numbers about the page itself up to date, before it is read."""
        for name, number in self.totals.series_counts().items():
            self.metrics.series.labels(name).set(number)
            self.metrics.series_limit.labels(name).set(limit)
        self._advance(self.metrics.series_folded, self.totals.folded)
        self._advance(self.metrics.exposition_failures, self.exposition.failures)

    def _advance(self, counter: Counter, totals: Mapping[str, int]) -> None:
        """Bring a counter to numbers that are counted elsewhere."""
        for name, number in totals.items():
            before = self._advanced.get((counter, name), 0)
            counter.labels(name).inc(number - before)
            self._advanced[counter, name] = number


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
