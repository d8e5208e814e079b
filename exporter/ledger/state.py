"""Gauges that are read from the ledger rather than folded: messages that wait, parked events, credit left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import asyncpg
from prometheus_client import Gauge

from exporter.config import Config, thresholds
from exporter.errors import Reason
from exporter.known import Key
from exporter.label import label
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement
from exporter.selfmetrics import SelfMetrics


class _Look(NamedTuple):
    """A gauge, the statement that it is read with, and the label sets that stand at zero."""

    gauge: Gauge
    statement: str
    arguments: tuple[object, ...] = ()
    at_zero: Iterable[tuple[str, ...]] = ()


async def refresh(
    pool: Pool, metrics: SelfMetrics, config: Config, routes: Iterable[Key] = (), senders: Iterable[str] = ()
) -> None:
    """Look once and publish; a label set that is gone is published no more.

    Overdue messages of `routes` (tenant, channel, provider) and parked events of `senders` stand at zero.

    Raises:
        LedgerUnavailable: the ledger does not answer; the old values stand.
    """
    parked = [(sender, reason.value) for sender in senders for reason in Reason]
    for look in (
        _Look(metrics.messages_pending, "pending"),
        _Look(metrics.messages_overdue, "overdue", _final_status_levels(config), routes),
        _Look(metrics.parked_events, "parked", at_zero=parked),
        _Look(metrics.credit_balance, "balances"),
        _Look(metrics.webhook_backlog, "webhook_backlog"),
    ):
        async with passing_errors():
            rows = await pool.fetch(statement(look.statement), *look.arguments)
        _publish(look.gauge, rows[: config.limits.series_per_metric], look.at_zero)


def _final_status_levels(config: Config) -> tuple[list[str], list[str], list[float]]:
    """Tenants, channels and seconds of every level that says when a message is overdue."""
    levels = [level for level in thresholds(config) if level.rule == "final_status_seconds"]
    return (
        [level.tenant for level in levels],
        [level.channel for level in levels],
        [level.value for level in levels],
    )


def _publish(gauge: Gauge, rows: Iterable[asyncpg.Record], at_zero: Iterable[tuple[str, ...]]) -> None:
    """Each row is its labels, then its number; labels that cleaning makes the same are added up."""
    sums: dict[tuple[str, ...], float] = defaultdict(float, dict.fromkeys(at_zero, 0.0))
    for *names, number in (tuple(row) for row in rows):
        sums[tuple(map(label, names))] += float(number)
    gauge.clear()
    for key, number in sums.items():
        gauge.labels(*key).set(number)
