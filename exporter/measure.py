"""What the series of a family keep: counts, exact amounts, readings or durations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from decimal import Context, Decimal
from math import isfinite

from exporter.catalogue import Family
from exporter.event import Spread
from exporter.known import Key
from exporter.series import Row, Series

EXACT = Context(prec=60)
"""Wide enough that no sum of ours is ever rounded."""
_ZERO = Decimal(0)
_FINEST = Decimal("1E-18")
_LARGEST = Decimal("1E+12")
LONGEST_S = 1e10
"""A duration from here on is none."""
_NEVER_US = -(10**17)


class Counters(Series):
    """Whole numbers that only grow."""

    def __init__(self, family: Family, limit: int) -> None:
        super().__init__(family, limit)
        self.values: list[int] = []

    def add(self, key: Key, count: int = 1) -> None:
        """Count."""
        at = self.index.get(key)
        if at is None:
            at = self.place(key)
        self.values[at] += count
        self.dirty.add(at >> self.chunk_shift)

    def row(self, at: int) -> Row:
        """The count."""
        return (self.values[at],)

    def put(self, at: int, row: Row) -> None:
        """The reverse of `row`."""
        self.values[at] = int(row[0])

    def _grow(self) -> None:
        self.values.append(0)


class Amounts(Series):
    """Decimals that only grow: money, credits. Sums are exact, so that order never matters."""

    def __init__(self, family: Family, limit: int) -> None:
        super().__init__(family, limit)
        self.values: list[Decimal] = []

    def add(self, key: Key, amount: Decimal) -> Key:
        """Add an amount that `amount_of` let through; the answer is the label set under which it counts."""
        at = self.place(key)
        self.values[at] = EXACT.add(self.values[at], amount)
        self.dirty.add(at >> self.chunk_shift)
        return self.keys[at]

    def row(self, at: int) -> Row:
        """The sum."""
        return (self.values[at],)

    def put(self, at: int, row: Row) -> None:
        """The reverse of `row`."""
        self.values[at] = Decimal(row[0])

    def _grow(self) -> None:
        self.values.append(Decimal(0))


class Gauges(Series):
    """Readings; the newest wins, of two at the same moment the larger, so that order never matters."""

    def __init__(self, family: Family, limit: int) -> None:
        super().__init__(family, limit)
        self.values: list[float] = []
        self.read_at_us: list[int] = []

    def read(self, key: Key, value: float, at_us: int) -> None:
        """Take a reading, endless or a number, made `at_us` microseconds after 1970."""
        at = self.place(key)
        if (at_us, value) > (self.read_at_us[at], self.values[at]):
            self.put(at, (at_us, value))
            self.dirty.add(at >> self.chunk_shift)

    def row(self, at: int) -> Row:
        """When it was read, in microseconds since 1970, and the reading; JSON has no word for an endless one."""
        value = self.values[at]
        return self.read_at_us[at], value if isfinite(value) else str(value)

    def put(self, at: int, row: Row) -> None:
        """The reverse of `row`."""
        self.read_at_us[at], self.values[at] = int(row[0]), float(row[1])

    def _grow(self) -> None:
        self.values.append(0.0)
        self.read_at_us.append(_NEVER_US)


class Histograms(Series):
    """How many fell into each bucket (not cumulated), and the sum in whole microseconds.

    Attributes:
        width: buckets a series has, the one to infinity included.
        counts: `width` numbers a place, one place after the other.
    """

    chunk_shift = 5

    def __init__(self, family: Family, limit: int) -> None:
        super().__init__(family, limit)
        self.width = len(family.buckets) + 1
        self.counts: list[int] = []
        self.sums_us: list[int] = []

    def observe(self, key: Key, duration_s: float) -> None:
        """Count a duration; what is negative, endless or no number is left out."""
        if not 0 <= duration_s < LONGEST_S:
            return
        at = self.place(key)
        self.counts[at * self.width + bisect_left(self.family.buckets, duration_s)] += 1
        self.sums_us[at] += round(duration_s * 1e6)
        self.dirty.add(at >> self.chunk_shift)

    def add_spread(self, key: Key, spread: Spread) -> None:
        """Count many durations; where an edge is gone since they were counted, the next above stands for it."""
        at = self.place(key)
        for edge, count in spread.counts:
            bucket = self.width - 1 if edge is None else bisect_left(self.family.buckets, edge)
            self.counts[at * self.width + bucket] += count
        self.sums_us[at] += spread.sum_us
        self.dirty.add(at >> self.chunk_shift)

    def row(self, at: int) -> Row:
        """The sum in microseconds, then the count of each bucket."""
        return (self.sums_us[at], *self.counts[at * self.width : (at + 1) * self.width])

    def put(self, at: int, row: Row) -> None:
        """The reverse of `row`."""
        self.sums_us[at] = int(row[0])
        self.counts[at * self.width : (at + 1) * self.width] = map(int, row[1:])

    def _grow(self) -> None:
        self.counts.extend([0] * self.width)
        self.sums_us.append(0)


def amount_of(value: Decimal | None) -> Decimal | None:
    """The value if it can be counted: finite, not negative, below a million millions; rounded at 1e-18."""
    if value is None or not value.is_finite() or not _ZERO <= value < _LARGEST:
        return None
    rounded = value.quantize(_FINEST, context=EXACT)
    return value if value == rounded else rounded


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
