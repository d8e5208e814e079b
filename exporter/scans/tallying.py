"""Groups that a database counted become tallies: which columns it groups by, what it sums, what each group is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from exporter.catalogue import BY_NAME
from exporter.config.profile import Pick, TableScan
from exporter.errors import Rejected
from exporter.event import Spread, Submission, Tally
from exporter.scans.mapping import DURATIONS, FactMapping, Fields, ReadRow, TableMapping
from exporter.scans.row import Row, columns_of

MONEY = {
    ("message", "cost_usd"),
    ("llm", "cost_usd"),
    ("payment", "amount"),
    ("payment", "amount_usd"),
    ("credit", "used"),
    ("outcome", "amount_usd"),
    ("charge", "amount_usd"),
}
COUNTS = {
    ("llm", "usage.input_tokens"),
    ("llm", "usage.output_tokens"),
    ("payment", "credits"),
    ("credit", "bought"),
}
LEDGER_ONLY = {"user", "outlet", "conversation_id", "length", "media", "message_type", "sender", "payment_id"}
"""Fields that no metric has: a tally does without."""
_encode = msgspec.json.Encoder().encode


class Measure(NamedTuple):
    """A field that is summed.

    Attributes:
        edges: of the histogram it goes to, none of money and counts.
        apart: rows without it are a group of their own, and losses and gains are: they count elsewhere.
    """

    pick: Pick
    edges: tuple[float, ...]
    apart: bool
    signed: bool

    @property
    def name(self) -> str:
        """Equal for equal sums."""
        return f"{self.pick.model_dump_json()}{self.edges}{self.apart}{self.signed}"


class Sums(NamedTuple):
    """What a database answers of one measure of a group.

    Attributes:
        bucket: how many edges are at or above the duration; None where there is none.
        total: microseconds, money or a count; None where no row has it.
    """

    bucket: int | None
    total: Decimal | None


class Group(NamedTuple):
    """Rows that are alike in their words.

    Attributes:
        row: their words by column; of a column that is only asked whether it is there, any text.
        newest: the time of the newest.
    """

    row: Row
    rows: int
    newest: datetime
    sums: Mapping[str, Sums]


class Tallying:
    """How the rows of a table are counted where they are stored.

    Attributes:
        words: columns to group by.
        presences: columns of which only matters whether they hold something.
        measures: what is summed, by name.
    """

    def __init__(self, mapping: TableMapping, constants: Mapping[str, Any], *, per_user: bool) -> None:
        self._mapping = mapping
        table = mapping.table
        dropped = LEDGER_ONLY - {"user"} if per_user else LEDGER_ONLY
        self._facts: list[tuple[FactMapping, dict[str, Measure]]] = []
        for ready in mapping.facts:
            measures = _measures(ready)
            without = frozenset({*measures, *dropped})
            self._facts.append((FactMapping(table, ready.fact, constants, without), measures))
        self.measures = {
            measure.name: measure for _, measures in self._facts for measure in measures.values()
        }
        self.words = _words(table, self._facts, dropped)
        self.presences = [
            column
            for column in dict.fromkeys(column for one in _conditions(table) for column in one.present)
            if column not in self.words
        ]

    def read(self, groups: Iterable[Group], received_at: datetime) -> ReadRow:
        """The tallies of the groups; those whose labels no event can have are rejected together."""
        found: dict[tuple[Any, ...], _Gathered] = {}
        for group in groups:
            for ready, measures in self._matching(group.row):
                fields = ready.fields(group.row)
                apart = tuple(_side(one, group.sums[one.name]) for one in measures.values() if one.apart)
                hour = group.newest.replace(minute=0, second=0, microsecond=0)
                key = (ready.fact.fact, hour, tuple(fields.items()), apart)
                found.setdefault(key, _Gathered(ready, fields, measures)).add(group)
        read = ReadRow([], [])
        for one in found.values():
            raw = one.raw()
            try:
                tally = one.tally(self._mapping, received_at)
            except Rejected as error:
                counted = Rejected(error.reason, f"{error.detail} ({one.count} rows)")
                read.rejected.append((counted, raw))
            else:
                read.submissions.append(Submission(self._mapping.source, tally, raw))
        return read

    def _matching(self, row: Row) -> Iterator[tuple[FactMapping, dict[str, Measure]]]:
        kept = {ready.fact.fact for ready in self._mapping.matching(row)}
        return ((ready, measures) for ready, measures in self._facts if ready.fact.fact in kept)


class _Gathered:
    """Groups that differ in what is summed only; `count` rows."""

    def __init__(self, ready: FactMapping, fields: Fields, measures: dict[str, Measure]) -> None:
        self._ready = ready
        self._fields = fields
        self._measures = measures
        self.count = 0
        self._newest: datetime | None = None
        self._totals: dict[str, Decimal] = {}
        self._buckets: dict[str, dict[float | None, int]] = {}

    def add(self, group: Group) -> None:
        self.count += group.rows
        self._newest = max(group.newest, self._newest or group.newest)
        for name, measure in self._measures.items():
            bucket, total = group.sums[measure.name]
            if total is not None:
                self._totals[name] = self._totals.get(name, Decimal(0)) + total
            if bucket is not None:
                edge = (*measure.edges, None)[len(measure.edges) - bucket]
                buckets = self._buckets.setdefault(name, {})
                buckets[edge] = buckets.get(edge, 0) + group.rows

    def raw(self) -> bytes:
        """What the rows had in common, for the ledger."""
        return _encode({"rows": self.count, "newest": self._newest, **self._fields})

    def tally(self, mapping: TableMapping, received_at: datetime) -> Tally:
        sums = {name: total for name, total in self._totals.items() if name not in self._buckets}
        newest = self._newest or received_at
        event = mapping.event_of(self._ready.fact.kind, self._fields | sums, newest, received_at)
        durations = {
            name: Spread(int(self._totals[name]), tuple(buckets.items()))
            for name, buckets in self._buckets.items()
        }
        return Tally(
            at=newest,
            tenant=event.tenant,
            user=event.user,
            event=event,
            count=self.count,
            durations=durations,
        )


def _measures(ready: FactMapping) -> dict[str, Measure]:
    kind = ready.fact.kind
    found: dict[str, Measure] = {}
    for name, pick in ready.picks.items():
        if (kind, name) in DURATIONS:
            found[name] = Measure(pick, BY_NAME[DURATIONS[kind, name]].buckets, False, False)
        elif (kind, name) in MONEY:
            found[name] = Measure(pick, (), True, kind == "outcome")
        elif (kind, name) in COUNTS:
            found[name] = Measure(pick, (), False, False)
    return found


def _words(
    table: TableScan, facts: list[tuple[FactMapping, dict[str, Measure]]], dropped: set[str]
) -> list[str]:
    asked = [column for one in _conditions(table) for column in (*one.match, *one.unless)]
    labels = [
        column
        for ready, measures in facts
        for name, pick in ready.picks.items()
        if name not in dropped and name not in measures
        for column in pick.column or ()
    ]
    return list(dict.fromkeys([*asked, *labels]))


def _conditions(table: TableScan) -> list[Any]:
    return [one for one in (table, *table.facts) if columns_of(one)]


def _side(measure: Measure, sums: Sums) -> int | None:
    if sums.total is None:
        return None
    return (sums.total > 0) - (sums.total < 0) if measure.signed else 0
