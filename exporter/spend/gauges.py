"""Publishes where budgets, forecasts, credits and savings stand."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from math import nan

from exporter.config import Config, CreditsConfig
from exporter.cost_days import CostDay
from exporter.label import label
from exporter.selfmetrics import SelfMetrics
from exporter.spend.daily_spend import ALL_CHANNELS, Account
from exporter.spend.month import Month, months
from exporter.spend.savings import Hint, Saving


async def refresh_spend(
    metrics: SelfMetrics, config: Config, cost_days: Mapping[CostDay, tuple[Decimal, int]], now: datetime
) -> dict[Account, Month]:
    """Publish the running month as of now, and return it; beside the event loop, for each account has its history."""
    limits_usd = budget_limits(config)
    found = await asyncio.to_thread(months, cost_days, limits_usd, now)
    publish(metrics, limits_usd, dict(islice(found.items(), config.limits.series_per_metric)))
    publish_credits(metrics, config.credits)
    return found


def budget_limits(config: Config) -> dict[Account, Decimal]:
    """The limit in US dollars of each account that has a budget."""
    return {
        Account(label(budget.tenant), budget.channel or ALL_CHANNELS): budget.limit_usd
        for budget in config.budgets
    }


def publish(
    metrics: SelfMetrics, limits_usd: Mapping[Account, Decimal], found: Mapping[Account, Month]
) -> None:
    """Replace every series of the month; what is not known has none."""
    for gauge in (
        metrics.cost_month_to_date,
        metrics.cost_forecast,
        metrics.cost_spike,
        metrics.budget_limit,
        metrics.budget_remaining,
    ):
        gauge.clear()
    for account, month in found.items():
        metrics.cost_month_to_date.labels(*account).set(float(month.spent_usd))
        if month.spike_score is not None:
            metrics.cost_spike.labels(*account).set(month.spike_score)
        if month.forecast is not None:
            for bound, amount_usd in zip(("low", "expected", "high"), month.forecast, strict=True):
                metrics.cost_forecast.labels(*account, bound).set(amount_usd)
        if account in limits_usd:
            limit_usd = limits_usd[account]
            metrics.budget_limit.labels(*account).set(float(limit_usd))
            metrics.budget_remaining.labels(*account).set(float(limit_usd - month.spent_usd))


def publish_credits(metrics: SelfMetrics, rates: CreditsConfig) -> None:
    """Both rates and the margin; a gauge without labels cannot be absent, so without rates the margin is no number."""
    metrics.credit_rate.clear()
    for kind, per_usd in (("used", rates.used_per_usd), ("sold", rates.sold_per_usd)):
        if per_usd is not None:
            metrics.credit_rate.labels(kind).set(float(per_usd))
    margin_ratio = rates.margin_ratio
    metrics.credit_margin.set(nan if margin_ratio is None else float(margin_ratio))


def publish_savings(metrics: SelfMetrics, tenants: Iterable[str], found: Iterable[Saving]) -> None:
    """The money of each hint; those of known tenants stand at zero."""
    sums_usd: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    sums_usd.update({(label(tenant), hint): Decimal(0) for tenant in tenants for hint in Hint})
    for saving in found:
        sums_usd[saving.tenant, saving.hint] += saving.amount_usd
    metrics.savings.clear()
    for key, amount_usd in sums_usd.items():
        metrics.savings.labels(*key).set(float(amount_usd))
