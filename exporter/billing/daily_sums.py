"""What the rows of a report add up to, by day and category: a bill has one line for each."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from exporter.ledger.bills import BillLine
from exporter.pricing.cost import EXACT, ZERO_USD

EpochS = Annotated[int, Meta(ge=946_684_800, le=32_503_680_000)]
"""Seconds since 1970, of a time that can be."""


def epoch_s(day: date) -> int:
    """The beginning of a day, UTC."""
    return int(datetime.combine(day, time(), UTC).timestamp())


class DailySums:
    """Adds up what a report splits further than a bill does, such as by model.

    Of other days than those asked for a report may have a part only: they are left out.
    """

    def __init__(self, day_from: date, day_to: date) -> None:
        self._days = (day_from, day_to)
        self._sums: dict[tuple[date, str, str], Decimal] = {}

    def add(self, day: date, category: str, amount: Decimal, currency: str) -> None:
        """Take a row."""
        if not self._days[0] <= day <= self._days[1]:
            return
        key = (day, category, currency)
        self._sums[key] = EXACT.add(self._sums.get(key, ZERO_USD), amount)

    def lines(self) -> list[BillLine]:
        """One line a day and category."""
        return [
            BillLine(day=day, category=category, amount=amount, currency=currency)
            for (day, category, currency), amount in self._sums.items()
        ]
