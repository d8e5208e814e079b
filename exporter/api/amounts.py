"""Amounts of money in answers: what was spent, by sums of the rollups, and averages."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from exporter.ledger.rollup_query import Sum
from exporter.measure import EXACT, sum_of

COST = "comms_cost_usd_total"
_TEN_THOUSANDTH = Decimal("0.0001")
MILLIONTH = Decimal("0.000001")


def spent_usd(found: Iterable[Sum], channel: str | None = None, basis: str = "estimated") -> Decimal:
    """US dollars of a channel, or of all; by our price lists, or as the `basis` says."""
    return sum_of(
        value
        for family, labels, value in found
        if family == COST and labels[3] == basis and channel in (None, labels[0])
    )


def average(amount: Decimal, number: int, places: Decimal = _TEN_THOUSANDTH) -> Decimal | None:
    """Rounded half up; None of nothing."""
    if not number:
        return None
    return EXACT.divide(amount, Decimal(number)).quantize(places, ROUND_HALF_UP, EXACT)
