"""Totals, the fold of the ledger: no clock, no I/O, the same entries always give the same numbers."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice

import msgspec

from exporter.cost_days import CostDay, CostDays, Saved
from exporter.errors import ExporterError
from exporter.event import Entry
from exporter.fold import Fold
from exporter.known import Key, declared
from exporter.label import NONE, label
from exporter.series import Row, Series
from exporter.vocabulary import Direction

_VERSION = 1
_COST_DAYS = "cost_days"
_FASTEST = 1


class _SavedFamily(msgspec.Struct):
    """One family of a checkpoint; `free` as in Series."""

    labels: tuple[str, ...]
    buckets: tuple[float, ...]
    keys: list[Key]
    rows: list[Row]
    free: list[int]


class _Saved(msgspec.Struct):
    """A checkpoint."""

    version: int
    seq: int
    families: dict[str, _SavedFamily]
    cost_days: list[Saved] | None = None


_decode = msgspec.json.Decoder(_Saved).decode


class Totals:
    """Every business number as of one place in the ledger.

    Two totals are equal when they stand at the same place and every series that ever counted something is
    equal; what merely exists at zero does not matter.

    Attributes:
        seq: the last entry folded in; 0 before the first.
        families: the series of each fold family, in the order of the catalogue.
        dropped: families of a loaded checkpoint that this version no longer has in that form.
        missing: families, and `cost_days`, that a loaded checkpoint does not have, or not in that form, until `adopt`.
    """

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __init__(self, series_per_metric: int = 2_000) -> None:
        self.seq = 0
        self.dropped: tuple[str, ...] = ()
        self.missing: tuple[str, ...] = ()
        self.series_per_metric = series_per_metric
        self._fold = Fold(series_per_metric)
        self.families: Mapping[str, Series] = self._fold.by_name

    def fold(self, entries: Iterable[Entry]) -> None:
        """Take in entries, oldest first; whoever calls hands each entry over once."""
        kinds = self._fold.kinds
        newest: dict[str, datetime] = {}
        for entry in entries:
            event = entry.event
            kinds[type(event)](event, entry)
            at, source = event.at, entry.source
            if at > entry.received_at:
                at = entry.received_at
            if source not in newest or newest[source] < at:
                newest[source] = at
            self.seq = entry.seq
        for source, at in newest.items():
            self._fold.fresh(source, at)

    def declare(self, tenants: Iterable[str], routes: Iterable[tuple[str, str]]) -> None:
        """Make the label sets of these tenants and (channel, provider) routes exist at zero."""
        cleaned = [(channel, label(provider)) for channel, provider in routes]
        for family, key in declared(map(label, tenants), cleaned):
            self.families[family].declare(key)

    @property
    def folded(self) -> dict[str, int]:
        """By metric, how often an event was counted under OVERFLOW since this process started."""
        return {name: series.folded for name, series in self.families.items()}

    def series_counts(self) -> dict[str, int]:
        """By metric, how many label sets it has."""
        return {name: len(series.keys) for name, series in self.families.items()}

    def counts(self, name: str, limit: int) -> list[tuple[Key, int]]:
        """Label sets of a counter that counted something, the first `limit` of them."""
        series = self.families[name]
        counted = ((key, int(series.row(at)[0])) for at, key in enumerate(series.keys))
        return list(islice(((key, number) for key, number in counted if number), limit))

    def outbound_routes(self) -> Iterable[Key]:
        """Each (tenant, channel, provider) that is known to send."""
        keys = self.families["comms_messages_total"].keys
        return dict.fromkeys(key[:3] for key in keys if key[3] == Direction.OUTBOUND)

    def adopt(self, history: Totals) -> None:
        """Take the missing families from totals of the same entries."""
        for name in self.missing:
            if name == _COST_DAYS:
                self._days.restore(history._days.saved())
            else:
                _restore(self.families[name], _save(history.families[name]))
        self.missing = ()

    def cost_days(self) -> Mapping[CostDay, tuple[Decimal, int]]:
        """Money by day: for each label set of comms_cost_usd_total the exact sum, and how many costs it has."""
        return self._days.sums()

    def rows(self) -> dict[str, dict[Key, Row]]:
        """The exact numbers of every series that counted something."""
        return {name: _rows(series) for name, series in self.families.items()}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Totals):
            return NotImplemented
        return self.seq == other.seq and self.rows() == other.rows() and self.cost_days() == other.cost_days()

    @property
    def _days(self) -> CostDays:
        return self._fold.costs.days

    def dump(self) -> bytes:
        """A checkpoint: `load` gives equal totals that go on folding alike."""
        families = {name: _save(series) for name, series in self.families.items()}
        saved = _Saved(_VERSION, self.seq, families, list(self._days.saved()))
        return zlib.compress(msgspec.json.encode(saved), _FASTEST)

    @classmethod
    def load(cls, data: bytes, series_per_metric: int = 2_000) -> Totals:
        """Totals from a checkpoint; families that changed their shape are left out and named in `dropped`.

        One that only gained labels since keeps its counts, under NONE for the new ones.

        Raises:
            ExporterError: these bytes are no checkpoint of this version; fold the ledger from its beginning.
        """
        saved = _read(data)
        totals = cls(series_per_metric)
        totals.seq = saved.seq
        known = {name: family for name, family in saved.families.items() if totals._has(name, family)}
        for name, family in known.items():
            _restore(totals.families[name], family)
        totals.dropped = tuple(sorted(saved.families.keys() - known.keys()))
        totals.missing = tuple(name for name in totals.families if name not in known)
        if saved.cost_days is None:
            totals.missing += (_COST_DAYS,)
        totals._days.restore(saved.cost_days or ())
        return totals

    def _has(self, name: str, saved: _SavedFamily) -> bool:
        if name not in self.families:
            return False
        family = self.families[name].family
        return set(saved.labels) <= set(family.labels) and family.buckets == saved.buckets


def _rows(series: Series) -> dict[Key, Row]:
    return {key: series.row(at) for at, key in enumerate(series.keys) if not series.is_silent(at)}


def _save(series: Series) -> _SavedFamily:
    """All but what was only declared: that is up to the configuration of the day."""
    kept = [at for at in range(len(series.keys)) if at not in series.free or not series.is_silent(at)]
    return _SavedFamily(
        labels=series.family.labels,
        buckets=series.family.buckets,
        keys=[series.keys[at] for at in kept],
        rows=[series.row(at) for at in kept],
        free=[place for place, at in enumerate(kept) if at in series.free],
    )


def _restore(series: Series, saved: _SavedFamily) -> None:
    free = set(saved.free)
    for place, (key, row) in enumerate(zip(saved.keys, saved.rows, strict=True)):
        words = dict(zip(saved.labels, key, strict=True))
        shown = tuple(words.get(name, NONE) for name in series.family.labels)
        at = series.index.get(shown)
        series.put(series.add_place(shown, free=place in free) if at is None else at, row)


def _read(data: bytes) -> _Saved:
    try:
        saved = _decode(zlib.decompress(data))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ExporterError(f"the checkpoint cannot be read: {error}") from error
    if saved.version != _VERSION:
        raise ExporterError(f"the checkpoint has version {saved.version}, this program reads {_VERSION}")
    return saved
