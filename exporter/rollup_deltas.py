"""What a fold adds to sums by slot instead of to totals: series that keep no numbers of their own."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import NamedTuple, TypeAlias

from exporter.catalogue import OPEN_LABELS, OVERFLOW, Family
from exporter.cost_days import CostDays
from exporter.event import Spread
from exporter.fold import Fold, Measures
from exporter.known import Key
from exporter.measure import EXACT, LONGEST_S, Amounts, Counters, Gauges, Histograms

SUM_US = "sum_us"
"""The last label of the sum of a histogram's time, in microseconds; of a bucket it is its place from 0 on."""


class Slot(NamedTuple):
    """Of whom and when; `hour` is its beginning, UTC."""

    hour: datetime
    tenant: str
    user: str | None
    outlet: str | None


Added: TypeAlias = dict[tuple[str, Key], Decimal | int]
"""What is added to one slot, by family and labels."""


class Deltas:
    """What is added to each slot.

    Beyond `limit` label sets of a family in one tenant, open labels read OVERFLOW, so that sums stay right.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: dict[tuple[str, str], set[Key]] = {}
        self._slots: dict[Slot, Added] = {}
        self._tenant = ""
        self._added: Added = {}

    def turn_to(self, slot: Slot) -> None:
        """What is added from now on is of this slot."""
        self._tenant = slot.tenant
        self._added = self._slots.setdefault(slot, {})

    def add(
        self, family: str, is_open: tuple[bool, ...], labels: Key, amount: Decimal | int, *last: str
    ) -> None:
        """Add to a sum of the present slot; nothing leaves no row."""
        if amount:
            at = (family, (*self._admitted(family, is_open, labels), *last))
            self._added[at] = plus(self._added.get(at, 0), amount)

    def take(self) -> Mapping[Slot, Added]:
        """Everything since the last time."""
        taken, self._slots = self._slots, {}
        return taken

    def _admitted(self, family: str, is_open: tuple[bool, ...], labels: Key) -> Key:
        known = self._known.setdefault((self._tenant, family), set())
        if labels not in known:
            if len(known) >= self._limit:
                return tuple(OVERFLOW if one else word for one, word in zip(is_open, labels, strict=True))
            known.add(labels)
        return labels


def plus(one: Decimal | int, other: Decimal | int) -> Decimal | int:
    """The exact sum."""
    if type(one) is int and type(other) is int:
        return one + other
    return EXACT.add(Decimal(one), Decimal(other))


def fold_into(deltas: Deltas, limit: int) -> Fold:
    """A fold whose numbers go there."""
    measures = Measures(
        partial(_CounterDeltas, deltas),
        partial(_AmountDeltas, deltas),
        _NoGauges,
        partial(_HistogramDeltas, deltas),
        _NoDays,
    )
    return Fold(limit, measures)


class _Place:
    """Where the sums of a family go: its labels but for the tenant, which the slot has."""

    def __init__(self, deltas: Deltas, family: Family) -> None:
        self._deltas = deltas
        self._name = family.name
        self._from = 1 if family.labels[:1] == ("tenant",) else 0
        open_labels = OPEN_LABELS | family.open_labels
        self._is_open = tuple(name in open_labels for name in family.labels[self._from :])

    def add(self, key: Key, amount: Decimal | int, *last: str) -> None:
        self._deltas.add(self._name, self._is_open, key[self._from :], amount, *last)


class _CounterDeltas(Counters):
    def __init__(self, deltas: Deltas, family: Family, limit: int) -> None:
        super().__init__(family, limit)
        self._place = _Place(deltas, family)

    def add(self, key: Key, count: int = 1) -> None:
        self._place.add(key, count)


class _AmountDeltas(Amounts):
    def __init__(self, deltas: Deltas, family: Family, limit: int) -> None:
        super().__init__(family, limit)
        self._place = _Place(deltas, family)

    def add(self, key: Key, amount: Decimal) -> Key:
        self._place.add(key, amount)
        return key


class _HistogramDeltas(Histograms):
    def __init__(self, deltas: Deltas, family: Family, limit: int) -> None:
        super().__init__(family, limit)
        self._place = _Place(deltas, family)

    def observe(self, key: Key, duration_s: float) -> None:
        if 0 <= duration_s < LONGEST_S:
            bucket = bisect_left(self.family.buckets, duration_s)
            self._place.add(key, 1, str(bucket))
            self._place.add(key, round(duration_s * 1e6), SUM_US)

    def add_spread(self, key: Key, spread: Spread) -> None:
        for edge, count in spread.counts:
            bucket = self.width - 1 if edge is None else bisect_left(self.family.buckets, edge)
            self._place.add(key, count, str(bucket))
        self._place.add(key, spread.sum_us, SUM_US)


class _NoGauges(Gauges):
    """A reading has no sum."""

    def read(self, key: Key, value: float, at_us: int) -> None:
        pass


class _NoDays(CostDays):
    """The totals have them."""

    def add(self, at: datetime, key: Key, amount_usd: Decimal, count: int = 1) -> None:
        pass
