"""What one conversation costs and what a dollar of cost brings back; no number where there is nothing to divide by."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from exporter.pricing.cost import EXACT, ZERO_USD


def total_usd(costs_usd: Iterable[Decimal]) -> Decimal:
    """The exact sum, such as of every channel."""
    total = ZERO_USD
    for cost_usd in costs_usd:
        total = EXACT.add(total, cost_usd)
    return total


def cost_per_unit(cost_usd: Decimal, units: int) -> Decimal | None:
    """The cost of one conversation, or of one that was resolved; None without any."""
    return EXACT.divide(cost_usd, Decimal(units)) if units else None


def return_ratio(gained_usd: Decimal, lost_usd: Decimal, cost_usd: Decimal) -> Decimal | None:
    """What outcomes brought for each dollar of cost, 1 when it just paid for itself; None without cost."""
    return EXACT.divide(EXACT.subtract(gained_usd, lost_usd), cost_usd) if cost_usd else None
