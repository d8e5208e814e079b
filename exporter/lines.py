"""One family as bytes: ready line prefixes, numbers slotted in between, only what changed written again."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from gzip import compress
from itertools import accumulate, chain

import orjson
from prometheus_client.utils import floatToGoString

from exporter.catalogue import Family, Kind
from exporter.known import Key
from exporter.measure import Amounts, Counters, Gauges, Histograms
from exporter.series import Series

FASTEST = 1
"""The compression level of a page: level 6 takes five times as long."""

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


class FamilyLines:
    """The lines of one family, in chunks; both formats share them, only the header differs."""

    def __init__(self, series: Series) -> None:
        self.name = series.family.name
        self._series = series
        self._forms = _line_forms(series.family)
        self._prefixes: list[bytes] = []
        self._chunks: dict[int, bytes] = {}
        self._members: dict[int, bytes] = {}

    def chunk_count(self) -> int:
        """How many chunks there are now; none without series."""
        return -(-len(self._series.keys) >> self._series.chunk_shift)

    def chunk(self, number: int) -> bytes:
        """The lines of one chunk, from memory when nothing in it changed."""
        if number in self._series.dirty or number not in self._chunks:
            self._chunks[number] = self._written(number)
            self._members.pop(number, None)
            self._series.dirty.discard(number)
        return self._chunks[number]

    def member(self, number: int) -> bytes:
        """A chunk as a gzip member of its own; members one after the other are one valid stream."""
        chunk = self.chunk(number)
        member = self._members.get(number)
        if member is None:
            member = self._members[number] = compress(chunk, FASTEST, mtime=0)
        return member

    def _written(self, number: int) -> bytes:
        series, lines = self._series, len(self._forms)
        start = number << series.chunk_shift
        stop = min(start + (1 << series.chunk_shift), len(series.keys))
        self._add_prefixes(stop)
        prefixes = self._prefixes[start * lines : stop * lines]
        numbers = _numbers(_values(series, start, stop))
        return b"".join(chain.from_iterable(zip(prefixes, numbers, strict=True)))

    def _add_prefixes(self, stop: int) -> None:
        """Series are only ever added, so prefixes are made once, in the order of their places."""
        known = len(self._prefixes) // len(self._forms)
        for key in self._series.keys[known:stop]:
            labels = _labels(self._series.family, key)
            self._prefixes += [f"{name}{{{labels}{rest} ".encode() for name, rest in self._forms]


def header(family: Family, *, openmetrics: bool) -> bytes:
    """HELP and TYPE; OpenMetrics leaves `_total` to the samples."""
    name, text = family.name, family.help.translate(_HELP_ESCAPES)
    if openmetrics:
        text = family.help.translate(_ESCAPES)
        name = name.removesuffix("_total") if family.kind is Kind.COUNTER else name
    return f"# HELP {name} {text}\n# TYPE {name} {family.kind}\n".encode()


def _line_forms(family: Family) -> tuple[tuple[str, str], ...]:
    """What stands before and after the labels, for each line of one series."""
    if family.kind is not Kind.HISTOGRAM:
        return ((family.name, "}"),)
    edges = map(floatToGoString, (*family.buckets, float("inf")))
    buckets = tuple((f"{family.name}_bucket", f',le="{edge}"}}') for edge in edges)
    return (*buckets, (f"{family.name}_sum", "}"), (f"{family.name}_count", "}"))


def _labels(family: Family, key: Key) -> str:
    pairs = zip(family.labels, key, strict=True)
    return ",".join(f'{name}="{word.translate(_ESCAPES)}"' for name, word in pairs)


def _values(series: Series, start: int, stop: int) -> Sequence[int | float | Decimal]:
    """The numbers of some series, one a line."""
    if isinstance(series, Histograms):
        return _cumulated(series, start, stop)
    if isinstance(series, Counters | Amounts | Gauges):
        return series.values[start:stop]
    raise TypeError(type(series).__name__)


def _cumulated(series: Histograms, start: int, stop: int) -> list[int | float]:
    values: list[int | float] = []
    for at in range(start, stop):
        values += accumulate(series.counts[at * series.width : (at + 1) * series.width])
        values += (series.sums_us[at] / 1e6, values[-1])
    return values


def _numbers(values: Sequence[int | float | Decimal]) -> list[bytes]:
    """Each value as the end of its line.

    Whole numbers are written in full; Prometheus keeps them exact up to 2**53. What JSON has no word for is endless.
    """
    try:
        written = orjson.dumps(values, default=float)
    except TypeError:  # A number of more than 64 bits.
        written = orjson.dumps([float(value) for value in values])
    return (written[1:-1].replace(b"null", b"+Inf").replace(b",", b"\n,") + b"\n").split(b",")
