"""The forecast of a month from its daily amounts, as the gauges make it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from exporter.spend.forecast import Forecast, forecast_month, month_to_date, usual_day


def forecast_of(days: Mapping[date, Decimal], now: datetime) -> Forecast | None:
    usual = usual_day(days, now.date())
    return forecast_month(month_to_date(days, now), usual, now) if usual else None
