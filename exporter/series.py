"""The series of one family: a dict from label values to a place in plain lists, never more than the limit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, TypeAlias

from exporter.catalogue import OPEN_LABELS, OVERFLOW, Family
from exporter.known import Key, siblings

Row: TypeAlias = tuple[Any, ...]
"""The exact numbers behind one series, as checkpoints keep them."""


class Series(ABC):
    """Label sets and their places.

    A new label set is admitted while it, and an OVERFLOW set to catch what comes later, fit under the limit;
    afterwards its open labels read OVERFLOW. So the same entries in the same order always fold the same way.
    Beyond the limit stand only declared sets, and one OVERFLOW set for each mix of closed labels that is
    first seen when the family is full.

    Attributes:
        keys: label values by place.
        free: places that do not count against the limit: declared ones and OVERFLOW.
        dirty: numbers of the chunks (place >> chunk_shift) that changed since they were last rendered.
        folded: how often an event was counted under OVERFLOW, in this process.
    """

    chunk_shift = 9

    def __init__(self, family: Family, limit: int) -> None:
        self.family = family
        self.limit = limit
        self.index: dict[Key, int] = {}
        self.keys: list[Key] = []
        self.free: set[int] = set()
        self.dirty: set[int] = set()
        self.folded = 0
        self._reserved: set[Key] = set()
        self._is_open = tuple(name in OPEN_LABELS | family.open_labels for name in family.labels)

    def place(self, key: Key) -> int:
        """Where a label set is kept: its own place, or the OVERFLOW place when the family is full."""
        at = self.index.get(key)
        if at is not None:
            return at
        if self._has_room(key):
            return self._welcome(key)
        self.folded += 1
        overflow = self._overflow(key)
        at = self.index.get(overflow)
        return self.add_place(overflow, free=True) if at is None else at

    def declare(self, key: Key) -> None:
        """Make a label set exist at zero, outside the limit."""
        if key not in self.index:
            self.add_place(key, free=True)

    def add_place(self, key: Key, *, free: bool) -> int:
        """A new place, whatever the limit says."""
        at = self.index[key] = len(self.keys)
        self.keys.append(key)
        self.dirty.add(at >> self.chunk_shift)
        overflow = self._overflow(key)
        if free:
            self.free.add(at)
        if not free or overflow == key:
            self._reserved.add(overflow)
        self._grow()
        return at

    def is_silent(self, at: int) -> bool:
        """Whether nothing was ever counted here."""
        return not any(self.row(at))

    @abstractmethod
    def row(self, at: int) -> Row:
        """The exact numbers of a place."""

    @abstractmethod
    def put(self, at: int, row: Row) -> None:
        """Set the numbers of a place to what `row` gave, after a trip through JSON."""

    @abstractmethod
    def _grow(self) -> None: ...

    def _welcome(self, key: Key) -> int:
        """Admit a label set; its siblings come along at zero while the family is less than half full."""
        at = self.add_place(key, free=False)
        for sibling in siblings(self.family.name, key):
            if sibling not in self.index and self._taken() < self.limit // 2:
                self.add_place(sibling, free=False)
        return at

    def _has_room(self, key: Key) -> bool:
        overflow = self._overflow(key)
        reserved = len(self._reserved) + (overflow not in self._reserved)
        return overflow == key or self._taken() + reserved < self.limit

    def _taken(self) -> int:
        return len(self.keys) - len(self.free)

    def _overflow(self, key: Key) -> Key:
        return tuple(OVERFLOW if is_open else word for word, is_open in zip(key, self._is_open, strict=True))
