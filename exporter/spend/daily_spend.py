"""Daily money of each tenant and channel, from the days of cost that the totals keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from exporter.cost_days import CostDay
from exporter.pricing.cost import EXACT, ZERO_USD

ALL_CHANNELS = ""
_BASES = ("estimated", "billed", "provider")
"""Who tells of the same money, the one that counts first."""


class Account(NamedTuple):
    """Whose money; the channel ALL_CHANNELS is the sum of a tenant's."""

    tenant: str
    channel: str


DailySpend = dict[Account, dict[date, Decimal]]


def daily_spend(cost_days: Mapping[CostDay, tuple[Decimal, int]], since: date) -> DailySpend:
    """Sums in US dollars by account and day, from `since` on.

    The same money may stand there as estimated by us, stated by the provider and billed. They are never added: of
    each tenant, channel, provider and day the estimate counts, and another basis only where no estimate was made.
    """
    by_basis: dict[tuple[str, str, str, date], dict[str, Decimal]] = {}
    for about, (amount_usd, _) in cost_days.items():
        if about.day >= since:
            sums = by_basis.setdefault((about.tenant, about.channel, about.provider, about.day), {})
            sums[about.basis] = EXACT.add(sums.get(about.basis, ZERO_USD), amount_usd)
    spend: DailySpend = {}
    for (tenant, channel, _, day), sums in by_basis.items():
        amount_usd = next((sums[basis] for basis in _BASES if basis in sums), ZERO_USD)
        for account in (Account(tenant, channel), Account(tenant, ALL_CHANNELS)):
            days = spend.setdefault(account, {})
            days[day] = EXACT.add(days.get(day, ZERO_USD), amount_usd)
    return spend
