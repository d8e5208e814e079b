"""Months of made-up spending: trend, weekday pattern, noise, spikes and missing days, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

DAY = timedelta(days=1)


class SyntheticMonth(NamedTuple):
    """A month looked at in its midst.

    Attributes:
        seen: the daily amounts that are known at `now`, that day's in part.
        actual_usd: what the month comes to at its end.
    """

    now: datetime
    seen: dict[date, Decimal]
    actual_usd: float


def synthetic_months(seed: int, number: int, *, history_days: int | None = None) -> Iterator[SyntheticMonth]:
    """With `history_days` of history before the month, else with 28 to 120."""
    rng = random.Random(seed)
    for _ in range(number):
        yield _month(rng, history_days or rng.randrange(28, 121))


def _month(rng: random.Random, history_days: int) -> SyntheticMonth:
    first = (date(2025, 1, 1) + rng.randrange(700) * DAY).replace(day=1)
    after = (first + 32 * DAY).replace(day=1)
    amounts = _amounts(rng, first - history_days * DAY, after)
    now = datetime(first.year, first.month, 1, tzinfo=UTC) + timedelta(
        hours=rng.randrange(24 * (after - first).days)
    )
    seen = {day: amount for day, amount in amounts.items() if day < now.date()}
    if now.date() in amounts:
        seen[now.date()] = amounts[now.date()] * now.hour / 24
    return SyntheticMonth(
        now, seen, float(sum(amount for day, amount in amounts.items() if first <= day < after))
    )


def _amounts(rng: random.Random, first: date, after: date) -> dict[date, Decimal]:
    level_usd = 10 ** rng.uniform(0, 4)
    trend = rng.uniform(-0.008, 0.008)
    weekend = rng.uniform(0.2, 1.1)
    noise = rng.uniform(0.05, 0.4)
    spike_ratio = rng.choice([0, 0.01, 0.03])
    gap_ratio = rng.choice([0, 0, 0.02, 0.05])
    amounts: dict[date, Decimal] = {}
    for number in range((after - first).days):
        day = first + number * DAY
        amount_usd = level_usd * (1 + trend) ** number * rng.lognormvariate(-(noise**2) / 2, noise)
        amount_usd *= weekend if day.weekday() >= 5 else 1
        amount_usd *= rng.uniform(2, 6) if rng.random() < spike_ratio else 1
        if rng.random() >= gap_ratio:
            amounts[day] = Decimal(f"{amount_usd:.6f}")
    return amounts
