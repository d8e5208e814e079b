"""A row becomes events: pure, whatever database the row comes from."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

import msgspec

from exporter.catalogue import BY_NAME
from exporter.config.event_fields import EVENT_FIELDS, is_number
from exporter.config.profile import Fact, Pick, TableScan
from exporter.errors import Reason, Rejected
from exporter.event import AnyEvent, OneEvent, Spread, Submission, Tally
from exporter.scans.condition import meets
from exporter.scans.pick import Read, Value, Wants, first_text, reading
from exporter.scans.row import Row, number_in, time_in
from exporter.sources.event_json import decode_event

Fields: TypeAlias = dict[str, Value]

_SIGNED = {("outcome", "amount_usd"), ("credit", "balance"), ("level", "value")}
DURATIONS = {
    ("message", "processing_seconds"): "comms_message_processing_seconds",
    ("message", "response_seconds"): "comms_message_response_seconds",
    ("llm", "latency_seconds"): "comms_llm_latency_seconds",
    ("delivery", "seconds"): "comms_outbound_webhook_seconds",
    ("conversation", "seconds"): "comms_conversation_duration_seconds",
    ("conversation", "wait_seconds"): "comms_handoff_wait_seconds",
}
"""Fields that hold a duration, by kind, and the histogram that each goes to."""
_LONGEST_KEY = 1_000
_US_PER_S = 1_000_000
_encode = msgspec.json.Encoder(decimal_format="number").encode


class ReadRow(NamedTuple):
    """What one row came to.

    Attributes:
        rejected: facts that could not be events, and the row as it was read.
    """

    submissions: list[Submission]
    rejected: list[tuple[Rejected, bytes]]


class FactMapping:
    """One fact of a table, made ready.

    Args:
        without: fields that are left to somebody else, as to a sum.
    """

    def __init__(
        self,
        table: TableScan,
        fact: Fact,
        constants: Mapping[str, Any],
        without: frozenset[str] = frozenset(),
    ) -> None:
        self.fact = fact
        self.known = EVENT_FIELDS[fact.kind]
        outer = {name: constants.get(name, value) for name, value in table.set.items()} | dict(constants)
        self._constants = {name: value for name, value in outer.items() if name in self.known}
        self._own = {name: constants.get(name, value) for name, value in fact.set.items()}
        self.picks = {
            name: pick for name, pick in table.fields.items() if name in self.known and name not in self._own
        } | fact.fields
        self._reads: list[tuple[str, Read]] = [
            (name, reading(pick, self.wants(name)))
            for name, pick in self.picks.items()
            if name not in without
        ]

    def fields(self, row: Row) -> Fields:
        """The event's fields, but for its time; what the row lacks is left out."""
        fields: Fields = self._constants | self._own
        for name, read in self._reads:
            value = read(row)
            if value is not None:
                fields[name] = value
        return fields

    def wants(self, name: str) -> Wants:
        """What the field of that name takes."""
        if (self.fact.kind, name) in DURATIONS:
            return Wants.SECONDS
        if (self.fact.kind, name) in _SIGNED:
            return Wants.SIGNED
        known = self.known.get(name)
        return Wants.NUMBER if known is not None and is_number(known.type) else Wants.TEXT

    def pick(self, name: str) -> Pick | None:
        """Where the field is read, if it is."""
        return self.picks.get(name)


class TableMapping:
    """One table of a profile, made ready.

    Args:
        source: of the events.
        constants: event fields that win over the constants of the profile.
        tenants: names of tenants, where the table has ids.
    """

    def __init__(
        self, table: TableScan, source: str, constants: Mapping[str, Any], tenants: Mapping[str, str]
    ) -> None:
        self.table = table
        self.source = source
        self.tenants = tenants
        self.facts = [FactMapping(table, fact, constants) for fact in table.facts]

    def read(self, row: Row, received_at: datetime) -> ReadRow:
        """Every fact of a row whose conditions hold."""
        submissions: list[Submission] = []
        rejected: list[tuple[Rejected, bytes]] = []
        for mapping in self.matching(row):
            raw = _encode(row)
            try:
                event = self._event(mapping, row, received_at)
            except Rejected as error:
                rejected.append((error, raw))
            else:
                if event is not None:
                    submissions.append(Submission(self.source, event, raw, self._key(mapping.fact, row)))
        return ReadRow(submissions, rejected)

    def matching(self, row: Row) -> Iterator[FactMapping]:
        """The facts that a row is."""
        if meets(row, self.table):
            yield from (mapping for mapping in self.facts if meets(row, mapping.fact))

    def is_final(self, row: Row) -> bool:
        """Whether a row changes no more."""
        return self.table.final is None or meets(row, self.table.final)

    def key(self, row: Row) -> list[str]:
        """What names a row."""
        return [row[column] or "" for column in self.table.key]

    def event_of(self, kind: str, fields: Fields, at: datetime, received_at: datetime) -> OneEvent:
        """The event with these fields.

        Raises:
            Rejected: it is none.
        """
        stated: dict[str, Any] = {"kind": kind}
        for name, value in fields.items():
            _put(stated, name, _plain(value))
        stated["at"] = at
        tenant = stated.get("tenant")
        if tenant is not None:
            stated["tenant"] = self.tenants.get(str(tenant), tenant)
        event = decode_event(_encode(stated), b"{", received_at)
        if isinstance(event, Tally):
            raise Rejected(Reason.UNKNOWN_KIND, "kind: tally")
        return event

    def _event(self, mapping: FactMapping, row: Row, received_at: datetime) -> AnyEvent | None:
        """None where the row stands for no event at all."""
        number = number_in(row[mapping.fact.count]) if mapping.fact.count else Decimal(1)
        if number is None or number < 1:
            return None
        at = time_in(first_text(row, [*(mapping.fact.at or ()), self.table.time]))
        if at is None:
            raise Rejected(Reason.BAD_TIMESTAMP, f"{self.table.time}: no time")
        event = self.event_of(mapping.fact.kind, mapping.fields(row), at, received_at)
        return tally_of(event, int(number)) if mapping.fact.count else event

    def _key(self, fact: Fact, row: Row) -> str:
        key = msgspec.json.encode([self.table.name, *self.key(row), fact.fact]).decode()
        return key if len(key) <= _LONGEST_KEY else hashlib.blake2b(key.encode(), digest_size=32).hexdigest()


def tally_of(event: OneEvent, count: int) -> Tally:
    """So many events with the durations of this one each, and its money and tokens together."""
    kind = str(event.__struct_config__.tag)
    durations: dict[str, Spread] = {}
    for of_kind, name in DURATIONS:
        duration_s = getattr(event, name) if of_kind == kind else None
        if duration_s is not None:
            edges: tuple[float | None, ...] = (*BY_NAME[DURATIONS[kind, name]].buckets, None)
            edge = edges[bisect_left(BY_NAME[DURATIONS[kind, name]].buckets, duration_s)]
            durations[name] = Spread(round(duration_s * _US_PER_S) * count, ((edge, count),))
    alike = msgspec.structs.replace(event, **dict.fromkeys(durations))
    return Tally(at=event.at, tenant=event.tenant, event=alike, count=count, durations=durations)


def _plain(value: Value) -> Value:
    """Whole numbers without a point, so that fields of counts take them."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    return value


def _put(event: dict[str, Any], field: str, value: Any) -> None:
    *parents, last = field.split(".")
    for parent in parents:
        event = event.setdefault(parent, {})
    event[last] = value
