"""Where each tenant and channel stands in the running month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from exporter.cost_days import CostDay
from exporter.pricing.cost import ZERO_USD
from exporter.spend.daily_spend import Account, daily_spend
from exporter.spend.forecast import HISTORY_DAYS, Forecast, forecast_month, month_to_date, usual_day


class Month(NamedTuple):
    """The running month of an account.

    Attributes:
        today_usd: what of `spent_usd` is of today (UTC).
        forecast, spike_score: None while too few days are known.
    """

    spent_usd: Decimal
    today_usd: Decimal
    forecast: Forecast | None
    spike_score: float | None


def months(
    cost_days: Mapping[CostDay, tuple[Decimal, int]], accounts: Iterable[Account], now: datetime
) -> dict[Account, Month]:
    """The month of `now` (UTC): of `accounts` first, whether they cost anything or not, then of all others."""
    spend = daily_spend(cost_days, now.date() - timedelta(days=HISTORY_DAYS))
    known = dict.fromkeys((*accounts, *sorted(spend)))
    return {account: _month(spend.get(account, {}), now) for account in known}


def _month(days: Mapping[date, Decimal], now: datetime) -> Month:
    spent_usd, usual = month_to_date(days, now), usual_day(days, now.date())
    today_usd = days.get(now.date(), ZERO_USD)
    if usual is None:
        return Month(spent_usd, today_usd, None, None)
    forecast = forecast_month(spent_usd, usual, now)
    return Month(spent_usd, today_usd, forecast, usual.spike_score(now.date(), float(today_usd)))
