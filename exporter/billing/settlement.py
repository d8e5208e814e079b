"""How amounts that a provider corrects become counters that never fall, and what is not settled yet; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from exporter.ledger.bills import BilledAmount, Unsettled
from exporter.pricing.cost import EXACT, ZERO_USD


class Increase(NamedTuple):
    """By how much a billed amount grew beyond the most it had ever been, and what it is since."""

    day: date
    category: str
    amount_usd: Decimal
    cumulative_usd: Decimal


def increases(history: Iterable[BilledAmount]) -> Iterator[Increase]:
    """What each new amount adds, oldest first; a correction downwards waits until it is exceeded.

    More history gives the same increases and perhaps more after them, so each may be stored as often as it is seen.
    """
    most_usd: dict[tuple[date, str], Decimal] = defaultdict(lambda: ZERO_USD)
    for day, category, amount_usd in history:
        growth_usd = EXACT.subtract(amount_usd, most_usd[day, category])
        if growth_usd > 0:
            most_usd[day, category] = amount_usd
            yield Increase(day, category, growth_usd, amount_usd)


class Bounds(NamedTuple):
    """Between what and what a cost is estimated."""

    low_usd: Decimal
    high_usd: Decimal


class UnsettledSums:
    """Adds up, by tenant and channel, the estimates of messages that have no price yet."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], Bounds] = {}

    def add(self, tenant: str, channel: str, bounds: Bounds) -> None:
        """Take one message."""
        low_usd, high_usd = self._sums.get((tenant, channel), Bounds(ZERO_USD, ZERO_USD))
        self._sums[tenant, channel] = Bounds(
            EXACT.add(low_usd, bounds.low_usd), EXACT.add(high_usd, bounds.high_usd)
        )

    def all(self) -> list[Unsettled]:
        """The sums."""
        return [Unsettled(*key, *bounds) for key, bounds in self._sums.items()]
