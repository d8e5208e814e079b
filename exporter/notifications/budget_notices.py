"""Who must hear that a month's budget is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from exporter.config import Budget, Config
from exporter.cost_days import CostDay
from exporter.label import label
from exporter.ledger.notifications import Notice
from exporter.notifications.news import EVERY_CHANNEL
from exporter.notifications.texts import data_of, filled
from exporter.spend.daily_spend import ALL_CHANNELS, Account, daily_spend
from exporter.spend.forecast import month_to_date

_CENT = Decimal("0.01")


def budget_notices(
    config: Config, cost_days: Mapping[CostDay, tuple[Decimal, int]], now: datetime
) -> list[Notice]:
    """One for the highest step that each budget has reached this month (UTC); the cause makes it once."""
    if not config.budgets:
        return []
    spend = daily_spend(cost_days, now.date().replace(day=1))
    notices = []
    for budget in config.budgets:
        account = Account(label(budget.tenant), budget.channel or ALL_CHANNELS)
        spent_usd = month_to_date(spend.get(account, {}), now)
        reached = [
            ratio
            for ratio in map(str, config.notifications.budget_ratios)
            if spent_usd >= Decimal(ratio) * budget.limit_usd
        ]
        if reached:
            notices.append(_notice(config, budget, max(map(Decimal, reached)), spent_usd, now))
    return notices


def _notice(config: Config, budget: Budget, step: Decimal, spent_usd: Decimal, now: datetime) -> Notice:
    month = f"{now:%Y-%m}"
    data: dict[str, object] = {
        "channel": budget.channel or "all channels",
        "month": month,
        "used_percent": int(step * 100),
        "spent_usd": spent_usd.quantize(_CENT),
        "limit_usd": budget.limit_usd,
    }
    # A new limit is a new fact.
    cause = f"budget:{budget.channel or ''}:{month}:{budget.limit_usd.normalize():f}:{step.normalize():f}"
    return Notice(
        budget.tenant,
        None,
        *filled(config.notifications.texts, "budget_spent" if step >= 1 else "budget_used", data),
        data=data_of(data),
        cause=cause,
        role="tenant_admin",
        channels=EVERY_CHANNEL,
    )
