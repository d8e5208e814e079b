"""How far our estimates are from the bill; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from exporter.billing.bill_source import USD, Category
from exporter.cost_days import CostDay
from exporter.ledger.bills import BillLine
from exporter.pricing.cost import EXACT, ZERO_USD

FLOOR_USD = Decimal(1)
"""A day on which less than this was billed says nothing: a cent too much would be a large part of it."""

CostDays = Mapping[CostDay, tuple[Decimal, int]]


class Drift:
    """Compares one account's bill with our estimates.

    Args:
        categories: those of the bill that add up.
        days: our costs; of all accounts at the provider, since messages do not name theirs.
    """

    def __init__(self, provider: str, categories: Mapping[str, Category], days: CostDays) -> None:
        self._categories = categories
        self._ours = {
            day: amount_usd
            for day, (amount_usd, _) in days.items()
            if day.provider == provider and day.basis == "estimated"
        }

    def ratios(self, lines: Iterable[BillLine], closed_day: date) -> dict[str, Decimal]:
        """By group of categories, |ours - billed| / billed on the newest day of the bill up to `closed_day`.

        The first day of our own estimates, and what was before it, says nothing: we saw only a part of it.
        """
        closed = [line for line in lines if line.day <= closed_day and line.currency == USD]
        newest = max((line.day for line in closed), default=None)
        if newest is None or not self._ours or newest <= min(day.day for day in self._ours):
            return {}
        billed = self._billed(line for line in closed if line.day == newest)
        return {
            group: _distance(self._estimated(newest, group), billed_usd)
            for group, billed_usd in billed.items()
            if billed_usd >= FLOOR_USD
        }

    def _billed(self, lines: Iterable[BillLine]) -> dict[str, Decimal]:
        """By group."""
        sums_usd: dict[str, Decimal] = {}
        for line in lines:
            category = self._categories.get(line.category)
            if category is not None and category.group:
                sums_usd[category.group] = EXACT.add(sums_usd.get(category.group, ZERO_USD), line.amount)
        return sums_usd

    def _estimated(self, newest: date, group: str) -> Decimal:
        categories = {category for category in self._categories.values() if category.group == group}
        sum_usd = ZERO_USD
        for day, amount_usd in self._ours.items():
            if day.day == newest and any(each.meets(day.channel, day.component) for each in categories):
                sum_usd = EXACT.add(sum_usd, amount_usd)
        return sum_usd


def _distance(ours_usd: Decimal, billed_usd: Decimal) -> Decimal:
    return EXACT.divide(abs(EXACT.subtract(ours_usd, billed_usd)), billed_usd)
