"""Money of today and of the month, as the spend gauges have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from exporter.front_page.visit import Visit
from exporter.label import label
from exporter.measure import sum_of
from exporter.selfmetrics import SelfMetrics
from exporter.spend.daily_spend import ALL_CHANNELS, Account
from exporter.spend.forecast import Forecast
from exporter.spend.month import Month

_MOST_ROWS = 20


class Line(NamedTuple):
    """One tenant, or one channel of the tenant that is looked at."""

    name: str
    today_usd: Decimal
    spent_usd: Decimal
    forecast: Forecast | None
    budget_usd: Decimal | None


class Drift(NamedTuple):
    """How far our cost of the newest complete day is from a bill's."""

    provider: str
    category: str
    ratio: float


class Money(NamedTuple):
    """What was spent.

    Attributes:
        whole: all lines together; a forecast only of one tenant, because ranges do not add up.
        lines: the dearest first, at most 20.
        drifts: only for who may see all tenants: a bill is of all of them.
    """

    whole: Line
    lines: list[Line]
    drifts: list[Drift]


def money(
    months: Mapping[Account, Month], limits_usd: Mapping[Account, Decimal], visit: Visit, metrics: SelfMetrics
) -> Money:
    """The money that a visit may see; zeros of a tenant that spent nothing."""
    found = {
        account: _line(account, month, limits_usd)
        for account, month in months.items()
        if _seen(account, visit)
    }
    if visit.tenant is None:
        lines = [line._replace(name=account.tenant) for account, line in found.items()]
        whole = _sum(lines)
    else:
        own = Account(label(visit.tenant), ALL_CHANNELS)
        whole = found.get(own, _sum([]))
        lines = [line for account, line in found.items() if account != own]
    dearest = sorted(lines, key=lambda line: (-line.spent_usd, line.name))[:_MOST_ROWS]
    return Money(whole, dearest, list(_drifts(metrics)) if visit.sees_all_tenants else [])


def _seen(account: Account, visit: Visit) -> bool:
    """Sums of tenants, or of one tenant its sum and its channels."""
    if visit.tenant is None:
        return account.channel == ALL_CHANNELS
    return account.tenant == label(visit.tenant)


def _line(account: Account, month: Month, limits_usd: Mapping[Account, Decimal]) -> Line:
    return Line(account.channel, month.today_usd, month.spent_usd, month.forecast, limits_usd.get(account))


def _sum(lines: list[Line]) -> Line:
    today_usd = sum_of(line.today_usd for line in lines)
    return Line("", today_usd, sum_of(line.spent_usd for line in lines), None, None)


def _drifts(metrics: SelfMetrics) -> Iterator[Drift]:
    for metric in metrics.drift.collect():
        for sample in metric.samples:
            yield Drift(sample.labels["provider"], sample.labels["category"], sample.value)
