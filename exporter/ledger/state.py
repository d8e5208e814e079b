"""Gauges that are read from the ledger rather than folded: what waits, what is parked, what credit is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import asyncpg
from prometheus_client import Gauge

from exporter.errors import Reason
from exporter.label import label
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement
from exporter.selfmetrics import SelfMetrics


async def refresh(pool: Pool, metrics: SelfMetrics, limit: int, senders: Iterable[str] = ()) -> None:
    """Look once and publish; a label set that is gone is published no more, those of `senders` stand at zero.

    Raises:
        LedgerUnavailable: the ledger does not answer; the old values stand.
    """
    parked = [(sender, reason.value) for sender in senders for reason in Reason]
    for gauge, name, at_zero in (
        (metrics.messages_pending, "pending", []),
        (metrics.parked_events, "parked", parked),
        (metrics.credit_balance, "balances", []),
    ):
        async with passing_errors():
            rows = await pool.fetch(statement(name))
        _publish(gauge, rows[:limit], at_zero)


def _publish(gauge: Gauge, rows: Iterable[asyncpg.Record], at_zero: Iterable[tuple[str, ...]]) -> None:
    """Each row is its labels, then its number; labels that cleaning makes the same are added up."""
    sums: dict[tuple[str, ...], float] = defaultdict(float, dict.fromkeys(at_zero, 0.0))
    for *names, number in (tuple(row) for row in rows):
        sums[tuple(map(label, names))] += float(number)
    gauge.clear()
    for key, number in sums.items():
        gauge.labels(*key).set(number)
