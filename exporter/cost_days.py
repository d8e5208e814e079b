"""Money by day, for budgets, bills and forecasts: exact sums of the newest days, whatever the order of the entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from exporter.known import Key
from exporter.measure import EXACT

KEPT = timedelta(days=400)
Saved = tuple[date, Key, Decimal, int]
"""One sum of a checkpoint; the key is that of comms_cost_usd_total."""


class CostDay(NamedTuple):
    """What a sum is of; the labels are those of comms_cost_usd_total, the day is UTC."""

    day: date
    tenant: str
    channel: str
    provider: str
    component: str
    basis: str


class CostDays:
    """For each day and label set of comms_cost_usd_total, the exact sum and how many costs it has."""

    def __init__(self) -> None:
        self._days: dict[date, dict[Key, tuple[Decimal, int]]] = {}
        self._newest = date.min

    def add(self, at: datetime, key: Key, amount_usd: Decimal, count: int = 1) -> None:
        """Add the sum of `count` costs of that moment, aware.

        What is older than KEPT before the newest is left out.
        """
        day = at.date() if at.tzinfo is UTC else at.astimezone(UTC).date()
        sums = self._days.get(day)
        if sums is None:
            if not self._admits(day):
                return
            sums = self._days[day] = {}
        before_usd, number = sums.get(key, (Decimal(0), 0))
        sums[key] = EXACT.add(before_usd, amount_usd), number + count

    def sums(self) -> dict[CostDay, tuple[Decimal, int]]:
        """Each sum in US dollars, and how many costs it is made of."""
        return {CostDay(day, *key): (usd, number) for day, key, usd, number in self.saved()}

    def saved(self) -> Iterator[Saved]:
        """Everything, for a checkpoint."""
        for day, sums in self._days.items():
            yield from ((day, key, amount_usd, number) for key, (amount_usd, number) in sums.items())

    def restore(self, saved: Iterable[Saved]) -> None:
        """The reverse of `saved`."""
        for day, key, amount_usd, number in saved:
            self._days.setdefault(day, {})[key] = amount_usd, number
        self._newest = max(self._days, default=date.min)

    def _admits(self, day: date) -> bool:
        if self._newest - day >= KEPT:
            return False
        if day > self._newest:
            self._newest = day
            self._days = {kept: sums for kept, sums in self._days.items() if day - kept < KEPT}
        return True
