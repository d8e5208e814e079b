"""GET /api/v1/costs: what a tenant spent today and this month, where the month will end, and what could be saved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from pydantic import Field

from exporter.api.answer import Answer, Exact
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.freshness import Fresh, freshness
from exporter.api.sources import Sources
from exporter.label import label
from exporter.spend.daily_spend import ALL_CHANNELS, Account, daily_spend
from exporter.spend.gauges import budget_limits
from exporter.spend.month import Month, months


class Expected(Answer):
    """The month's cost at its end, an estimate."""

    low_usd: float = Field(description="With nine chances of ten it ends between this")
    expected_usd: float = Field(description="What is most likely.")
    high_usd: float = Field(description="and this.")


class ChannelMonth(Answer):
    """A channel in the running month."""

    channel: str = Field(description="The channel; empty for all of them.")
    today_usd: Exact = Field(description="Spent since midnight, UTC.")
    month_to_date_usd: Exact = Field(description="Spent since the first of the month, UTC.")
    forecast: Expected | None = Field(
        description="Where the month ends; null before three whole days are known."
    )
    budget_usd: Exact | None = Field(description="What may be spent in the month; null without a budget.")
    budget_remaining_usd: Exact | None = Field(
        description="What is left of it; below zero when it is exceeded."
    )


class Saving(Answer):
    """Money that need not be spent."""

    hint: str = Field(description="What would save it.")
    amount_usd: float = Field(description="In 30 days.")


class Costs(Fresh):
    """The running month of a tenant."""

    tenant: str = Field(description="The tenant.")
    month: str = Field(description="The month as YYYY-MM, UTC.")
    total: ChannelMonth = Field(description="Of all channels.")
    channels: list[ChannelMonth] = Field(description="By channel.")
    savings: list[Saving] = Field(description="Hints with money in them, the largest first.")


def cost_endpoints(sources: Sources) -> list[Endpoint]:
    """What it costs."""
    return [
        Endpoint(
            "GET",
            "/api/v1/costs",
            "The running month of a tenant: spent, expected, budgets and savings.",
            Role.TENANT_ADMIN,
            _Handler(sources).costs,
            Costs,
        )
    ]


class _Handler(NamedTuple):
    sources: Sources

    async def costs(self, asked: Asked) -> Costs:
        """From the totals, as /metrics shows them."""
        tenant, now = label(asked.one_tenant), datetime.now(UTC)
        mine = {
            key: value for key, value in self.sources.totals().cost_days().items() if key.tenant == tenant
        }
        limits_usd = {
            account: limit
            for account, limit in budget_limits(self.sources.config()).items()
            if account.tenant == tenant
        }
        whole = Account(tenant, ALL_CHANNELS)
        found = await asyncio.to_thread(months, mine, (whole, *limits_usd), now)
        today = daily_spend(mine, now.date())
        rows = {
            account: _month(account, month, today.get(account, {}).get(now.date(), Decimal(0)), limits_usd)
            for account, month in found.items()
        }
        return Costs(
            tenant=asked.one_tenant,
            month=f"{now:%Y-%m}",
            total=rows.pop(whole),
            channels=list(rows.values()),
            savings=sorted(self._savings(tenant), key=lambda one: -one.amount_usd),
            **await freshness(self.sources.ledger),
        )

    def _savings(self, tenant: str) -> Iterator[Saving]:
        for metric in self.sources.metrics.savings.collect():
            for sample in metric.samples:
                if sample.labels["tenant"] == tenant and sample.value:
                    yield Saving(hint=sample.labels["hint"], amount_usd=sample.value)


def _month(
    account: Account, month: Month, today_usd: Decimal, limits_usd: dict[Account, Decimal]
) -> ChannelMonth:
    limit_usd = limits_usd.get(account)
    return ChannelMonth(
        channel=account.channel,
        today_usd=today_usd,
        month_to_date_usd=month.spent_usd,
        forecast=None if month.forecast is None else Expected(**month.forecast._asdict()),
        budget_usd=limit_usd,
        budget_remaining_usd=None if limit_usd is None else limit_usd - month.spent_usd,
    )
