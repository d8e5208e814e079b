"""The metrics page against prometheus_client's. Run: python tests/bench/exposition_bench.py"""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from exporter.event import Channel, Direction, Entry, Message, Status
from exporter.exposition import Exposition
from exporter.measure import Histograms
from exporter.series import Series
from exporter.totals import Totals

RUNS = 5
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
STATUSES = tuple(status for status in Status if status not in (Status.FAILED, Status.UNDELIVERED))
COUNTER, HISTOGRAM = "comms_messages_total", "comms_message_processing_seconds"


def median_ms(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    times_s = []
    for _ in range(RUNS):
        before()
        start = perf_counter()
        work()
        times_s.append(perf_counter() - start)
    return median(times_s) * 1e3


def counter_totals(lines: int) -> Totals:
    """About this many lines of comms_messages_total."""
    totals = Totals(series_per_metric=lines * 4)
    totals.fold(
        Entry(n, "twilio", step(f"tenant{n // len(STATUSES)}", STATUSES[n % len(STATUSES)]), NOW)
        for n in range(lines)
    )
    return totals


def histogram_totals(lines: int) -> Totals:
    """About this many lines of comms_message_processing_seconds."""
    totals = Totals(series_per_metric=lines)
    histograms = totals.families[HISTOGRAM]
    assert isinstance(histograms, Histograms)
    for number in range(lines // (histograms.width + 2)):
        histograms.observe((f"tenant{number}", "sms", "twilio"), 0.8)
    return totals


def step(tenant: str, status: Status) -> Message:
    return Message(
        at=NOW,
        tenant=tenant,
        channel=Channel.SMS,
        provider="twilio",
        direction=Direction.OUTBOUND,
        status=status,
    )


def theirs(series: Series) -> CollectorRegistry:
    """The same series in prometheus_client's own instruments."""
    registry, family = CollectorRegistry(), series.family
    if isinstance(series, Histograms):
        histogram = Histogram(
            family.name, family.help, family.labels, buckets=family.buckets, registry=registry
        )
        for key in series.keys:
            histogram.labels(*key).observe(0.8)
    else:
        counter = Counter(family.name, family.help, family.labels, registry=registry)
        for key in series.keys:
            counter.labels(*key).inc()
    return registry


def page(exposition: Exposition, *, compressed: bool = False) -> bytes:
    return b"".join(exposition.pieces(openmetrics=False, gzip=compressed))


def change(series: Series, share: float) -> None:
    chunks = range(len(series.keys) >> series.chunk_shift)
    series.dirty.update(itertools.islice(chunks, max(1, int(len(chunks) * share))))


def show(what: str, totals: Totals, family: str) -> None:
    series = totals.families[family]
    registry, exposition = theirs(series), Exposition(totals, CollectorRegistry())
    lines = page(exposition).count(b"\n")
    client_ms = median_ms(lambda: generate_latest(registry))
    client_gzip_ms = median_ms(lambda: gzip.compress(generate_latest(registry), 1))
    print(f"{what}, {lines:,} lines: prometheus_client {client_ms:.0f} ms, gzip {client_gzip_ms:.0f} ms")
    for share, changed in ((1.0, "all"), (0.01, "1 %"), (0.0, "none")):
        before = (lambda share=share: change(series, share)) if share else (lambda: None)
        plain_ms = median_ms(lambda: page(exposition), before)
        gzip_ms = median_ms(lambda: page(exposition, compressed=True), before)
        print(
            f"  {changed:>4} changed: plain {plain_ms:7.2f} ms ({client_ms / plain_ms:6,.0f} x)"
            f"   gzip {gzip_ms:7.2f} ms ({client_gzip_ms / gzip_ms:6,.0f} x)"
        )
    first_ms = median_ms(lambda: page(Exposition(totals, CollectorRegistry())))
    pieces = sum(1 for _ in exposition.pieces(openmetrics=False, gzip=False))
    print(f"  first page {first_ms:.0f} ms, in {pieces} pieces")


def main() -> None:
    for lines in (1_000, 10_000, 100_000):
        show("counters", counter_totals(lines), COUNTER)
        show("histograms", histogram_totals(lines), HISTOGRAM)


if __name__ == "__main__":
    main()
