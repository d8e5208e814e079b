"""Gauges of what is billed, read from the ledger: the same on every replica, and there again after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from exporter.billing.balance import runway_s
from exporter.billing.bill_source import USD, BillSource
from exporter.billing.drift import CostDays, Drift
from exporter.billing.settlement import Bounds, UnsettledSums
from exporter.label import label
from exporter.ledger.bills import AccountState, BillLine, Unsettled
from exporter.ledger.ledger import Ledger
from exporter.selfmetrics import SelfMetrics

_SPEND_DAYS = 7


class _Look(NamedTuple):
    """What the ledger has of one bill."""

    source: BillSource
    closed_day: date
    lines: list[BillLine]
    state: AccountState
    unsettled: list[Unsettled]


class BillGauges:
    """Publishes drift, balance, runway and unsettled money of every bill."""

    def __init__(
        self,
        sources: Callable[[], Sequence[BillSource]],
        ledger: Ledger,
        metrics: SelfMetrics,
        cost_days: Callable[[], CostDays],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = sources
        self._ledger = ledger
        self._metrics = metrics
        self._cost_days = cost_days
        self._now = now

    async def run(self) -> None:
        """Look once and publish; what is not known any more is published no more.

        Raises:
            LedgerUnavailable: the old values stand.
        """
        today = self._now().date()
        found = [await self._look(source, today) for source in self._sources()]
        self._clear()
        for look in found:
            self._publish_drift(look)
            self._publish_account(look)
        self._publish_unsettled(each for look in found for each in look.unsettled)

    async def _look(self, source: BillSource, today: date) -> _Look:
        bills, closed_day = self._ledger.bills, today - timedelta(days=source.lag_days)
        lines = await bills.newest(source.of, today - timedelta(days=source.window_days + _SPEND_DAYS))
        state, unsettled = await bills.state(source.of), await bills.unsettled(source.of)
        return _Look(source, closed_day, lines, state, unsettled)

    def _clear(self) -> None:
        metrics = self._metrics
        for gauge in (
            metrics.drift,
            metrics.balance,
            metrics.runway,
            metrics.bill_success,
            metrics.unsettled,
        ):
            gauge.clear()

    def _publish_drift(self, look: _Look) -> None:
        source = look.source
        drift = Drift(source.of.provider, source.categories, self._cost_days())
        for group, ratio in drift.ratios(look.lines, look.closed_day).items():
            self._metrics.drift.labels(source.of.provider, source.alias, group).set(float(ratio))

    def _publish_account(self, look: _Look) -> None:
        account, state = (look.source.of.provider, look.source.alias), look.state
        read_at_s = state.fetched_at.timestamp() if state.fetched_at else 0.0
        self._metrics.bill_success.labels(*account).set(read_at_s)
        if state.balance is None or state.balance_currency != USD:
            return
        self._metrics.balance.labels(*account).set(float(state.balance))
        left_s = runway_s(state.balance, spend_by_day(look.lines, look.closed_day))
        if left_s is not None:
            self._metrics.runway.labels(*account).set(left_s)

    def _publish_unsettled(self, unsettled: Iterable[Unsettled]) -> None:
        sums = UnsettledSums()
        for tenant, channel, *bounds_usd in unsettled:
            sums.add(label(tenant), channel, Bounds(*bounds_usd))
        for tenant, channel, low_usd, high_usd in sums.all():
            self._metrics.unsettled.labels(tenant, channel, "low").set(float(low_usd))
            self._metrics.unsettled.labels(tenant, channel, "high").set(float(high_usd))


def spend_by_day(lines: Sequence[BillLine], closed_day: date) -> list[Decimal]:
    """What was billed in dollars for everything, on each of the newest seven days up to `closed_day`."""
    totals = {n.day: n.amount for n in lines if n.is_total and n.currency == USD and n.day <= closed_day}
    return [totals[day] for day in sorted(totals)[-_SPEND_DAYS:]]
