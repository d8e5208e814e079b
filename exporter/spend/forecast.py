"""What the month will have cost at its end, as a range that holds nine times of ten."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import exp, log1p, sqrt
from statistics import NormalDist
from typing import NamedTuple

from exporter.pricing.cost import EXACT, ZERO_USD
from exporter.spend.baseline import Baseline, baseline

HISTORY_DAYS = 84
FEWEST_DAYS = 3
_NORMAL_QUANTILE = NormalDist().inv_cdf(0.95)
_DAY = timedelta(days=1)


class Forecast(NamedTuple):
    """The month's whole cost in US dollars; an estimate, so no exact decimals.

    Attributes:
        low_usd, high_usd: with nine chances of ten the month ends between them; never below what is spent already.
    """

    low_usd: float
    expected_usd: float
    high_usd: float


def month_to_date(days: Mapping[date, Decimal], now: datetime) -> Decimal:
    """What was spent in the month of `now` (UTC) up to its day, exactly."""
    total_usd = ZERO_USD
    for day, amount_usd in days.items():
        if day.replace(day=1) == now.date().replace(day=1) and day <= now.date():
            total_usd = EXACT.add(total_usd, amount_usd)
    return total_usd


def usual_day(days: Mapping[date, Decimal], today: date) -> Baseline | None:
    """What days before `today` say is usual; None with fewer than FEWEST_DAYS of them.

    A day without an amount is a day on which nothing was spent: the ledger is the only truth.
    """
    if not days:
        return None
    first = max(min(days), today - HISTORY_DAYS * _DAY)
    amounts_usd = [float(days.get(first + at * _DAY, ZERO_USD)) for at in range((today - first).days)]
    return baseline(amounts_usd, first) if len(amounts_usd) >= FEWEST_DAYS else None


def forecast_month(spent_usd: Decimal, usual: Baseline, now: datetime) -> Forecast:
    """The cost of the month of `now` (UTC) at its end, from what is spent of it and what a day usually costs."""
    left = list(_left(now))
    rest_usd = sum(share * (usual.usual_usd(day) + usual.bias_usd) for day, share in left)
    error_usd = _error_usd(usual, [share for _, share in left])
    return _between(float(spent_usd), rest_usd, error_usd, _t(usual.days))


def _left(now: datetime) -> Iterator[tuple[date, float]]:
    """What is left of the month: each day and the share of it that is to come."""
    today = now.date()
    yield today, (now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY - now) / _DAY
    for number in range(today.day + 1, monthrange(today.year, today.month)[1] + 1):
        yield today.replace(day=number), 1.0


def _error_usd(usual: Baseline, shares: list[float]) -> float:
    """The standard deviation of the rest: a day's error stays, by its weight, in all days after it.

    To that comes what is not known of the level itself, which shrinks with the days it was learnt from.
    """
    ahead = sum(shares)
    variance = ahead**2 / usual.days
    for share in shares:
        ahead -= share
        variance += (share + usual.weight_ratio * ahead) ** 2
    return usual.stray_usd * sqrt(variance)


def _between(spent_usd: float, rest_usd: float, error_usd: float, quantile: float) -> Forecast:
    """A range around what is to come, as of a log-normal: money is never below zero and strays upwards."""
    if rest_usd <= 0:
        return Forecast(spent_usd, spent_usd, spent_usd + quantile * error_usd)
    square = log1p((error_usd / rest_usd) ** 2)
    low, high = (exp(side * quantile * sqrt(square) - square / 2) for side in (-1, 1))
    expected_usd = spent_usd + rest_usd
    return Forecast(spent_usd + rest_usd * low, expected_usd, max(expected_usd, spent_usd + rest_usd * high))


def _t(days: int) -> float:
    """The 0.95 quantile of Student's t, by its expansion around the normal one (Abramowitz and Stegun 26.7.5)."""
    z, freedom = _NORMAL_QUANTILE, days - 1
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
