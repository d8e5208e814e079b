"""Gauges that are read from the ledger rather than folded: what waits, what is parked, what credit is left."""

from __future__ import annotations

from prometheus_client import Gauge

from exporter.label import label
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement
from exporter.selfmetrics import SelfMetrics

_OPEN = frozenset({"tenant", "provider"})


async def refresh(pool: Pool, metrics: SelfMetrics, limit: int) -> None:
    """Look once and publish; a label set that is gone is published no more.

    Raises:
        LedgerUnavailable: the ledger does not answer; the old values stand.
    """
    for gauge, name in (
        (metrics.messages_pending, "pending"),
        (metrics.parked_events, "parked"),
        (metrics.credit_balance, "balances"),
    ):
        async with passing_errors():
            rows = await pool.fetch(statement(name))
        _publish(gauge, [tuple(row.items()) for row in rows[:limit]])


def _publish(gauge: Gauge, rows: list[tuple[tuple[str, object], ...]]) -> None:
    sums: dict[tuple[str, ...], float] = {}
    for *labels, (_, value) in rows:
        names = tuple(label(str(text)) if name in _OPEN else str(text) for name, text in labels)
        sums[names] = sums.get(names, 0.0) + float(str(value))
    gauge.clear()
    for names, value_sum in sums.items():
        gauge.labels(*names).set(value_sum)
