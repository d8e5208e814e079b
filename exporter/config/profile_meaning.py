"""What a well-formed profile must also satisfy before it makes sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from exporter.catalogue import BY_NAME
from exporter.config.event_fields import EVENT_FIELDS, fits
from exporter.config.profile import Fact, GaugeScan, Profile, TableScan
from exporter.errors import Problem
from exporter.field_types import EventKind

TALLIED_KINDS = set(get_args(EventKind)) - {"level"}
"""Kinds that can be counted where they are stored."""
_NEVER_TALLIED = {"message_id", "event_id", "peer", "balance"}
_TOKENS = {"usage.input_tokens", "usage.output_tokens"}


def meaning_problems(profile: Profile) -> Iterator[Problem]:
    """Everything wrong with a profile whose keys and types are right."""
    if not profile.tables and not profile.gauges:
        yield Problem("", "reads nothing: needs `tables` or `gauges`")
    yield from _repeated("tables", "name", (table.name for table in profile.tables))
    yield from _repeated("gauges", "name", (gauge.name for gauge in profile.gauges))
    for at, table in enumerate(profile.tables):
        yield from _table(f"tables[{at}]", table)
    for at, gauge in enumerate(profile.gauges):
        yield from _gauge(f"gauges[{at}]", gauge)


def _repeated(path: str, key: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, name in enumerate(names):
        if name in seen:
            yield Problem(f"{path}[{at}].{key}", f"`{name}` is already used")
        seen.add(name)


def _table(path: str, table: TableScan) -> Iterator[Problem]:
    yield from _repeated(f"{path}.facts", "fact", (fact.fact for fact in table.facts))
    if table.changed is not None and table.final is not None:
        yield Problem(f"{path}.final", "is not needed where `changed` says when a row changed")
    known: set[str] = set()
    for at, fact in enumerate(table.facts):
        known |= EVENT_FIELDS[fact.kind].keys()
        yield from _fact(f"{path}.facts[{at}]", table, fact)
    for section, given in (("set", table.set), ("fields", table.fields)):
        for name in given.keys() - known:
            yield Problem(f"{path}.{section}.{name}", "is no field of any of its facts")


def _fact(path: str, table: TableScan, fact: Fact) -> Iterator[Problem]:
    known = EVENT_FIELDS[fact.kind]
    for section, given in (("set", fact.set), ("fields", fact.fields)):
        names: Mapping[str, Any] = given
        for name in names.keys() - known.keys():
            yield Problem(f"{path}.{section}.{name}", f"is no field of {fact.kind} events")
    for name, value in fact.set.items():
        if name in known and not fits(value, known[name].type):
            yield Problem(f"{path}.set.{name}", f"is no value that {fact.kind} events take here")
    given_anywhere = {*table.set, *table.fields, *fact.set, *fact.fields}
    needed = {name for name, field in known.items() if field.required and name != "at"}
    for name in sorted(needed - given_anywhere):
        yield Problem(path, f"{fact.kind} events need `{name}` in `set` or `fields`")
    if table.aggregate:
        yield from _tallied(path, table, fact)


def _tallied(path: str, table: TableScan, fact: Fact) -> Iterator[Problem]:
    """What cannot be counted where it is stored."""
    if len(table.key) > 1 or table.changed or table.final or table.after_s or fact.at or fact.count:
        yield Problem(
            path, "`aggregate` needs one key, and no `changed`, `final`, `after_s`, `at` or `count`"
        )
    if fact.kind not in TALLIED_KINDS:
        yield Problem(f"{path}.kind", f"{fact.kind} events cannot be counted with `aggregate`")
    fields = table.fields | fact.fields
    told_apart = _NEVER_TALLIED | ({"conversation_id"} if fact.kind == "message" else set())
    for name in sorted(told_apart & (fields.keys() | fact.set.keys()) & EVENT_FIELDS[fact.kind].keys()):
        yield Problem(f"{path}.fields.{name}", "tells rows apart: leave out this field or `aggregate`")
    if fact.kind == "llm" and "cost_usd" not in fields:
        yield Problem(path, "llm events need `cost_usd` with `aggregate`: prices depend on each call")
    for name in sorted(name for name in fields if name.startswith("usage.") and name not in _TOKENS):
        yield Problem(f"{path}.fields.{name}", "cannot be summed with `aggregate`")


def _gauge(path: str, gauge: GaugeScan) -> Iterator[Problem]:
    labels = BY_NAME[f"comms_scanned_{gauge.gauge}"].labels[1:]
    for name in gauge.labels.keys() - set(labels):
        yield Problem(f"{path}.labels.{name}", f"is no label of it; it has {', '.join(labels)}")
