"""What a well-formed configuration must also satisfy before it makes sense."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exporter.catalogue import BY_NAME
from exporter.config.budget import budget_problems
from exporter.config.event_fields import EVENT_FIELDS, fits
from exporter.config.model import Config
from exporter.config.notification_texts import text_problems
from exporter.config.oncall import oncall_problems
from exporter.config.profiles import profile_problems
from exporter.config.sending import sending_problems
from exporter.config.sla import levels
from exporter.errors import Problem
from exporter.sources.bill_reading import BillReading
from exporter.sources.log_rule import LogRule
from exporter.vocabulary import Channel

_TIMED_FAMILIES = ("comms_message_response_seconds", "comms_message_processing_seconds")
RESPONSE_EDGES_S = sorted(set.intersection(*(set(BY_NAME[name].buckets) for name in _TIMED_FAMILIES)))
"""Seconds at which both histograms have a bucket edge, so that a threshold there is exact."""


def problems(config: Config) -> Iterator[Problem]:
    """Everything wrong with a configuration whose keys and types are right."""
    yield from _repeated((f"tenants[{at}]", tenant) for at, tenant in enumerate(config.tenants))
    yield from _repeated((f"logs[{at}].name", rule.name) for at, rule in enumerate(config.logs))
    yield from _repeated((f"scans[{at}].name", scan.name) for at, scan in enumerate(config.scans))
    for at, scan in enumerate(config.scans):
        for path, problem in profile_problems(scan):
            yield Problem(f"scans[{at}].{path}", problem)
    yield from budget_problems(config.budgets)
    yield from oncall_problems(config.oncall, config.sources.twilio, config.public_url)
    yield from text_problems(config.notifications.texts)
    if config.notifications.sms.sender is not None:
        yield from sending_problems("notifications.sms", config.sources.twilio, config.public_url)
    yield from _thresholds(config)
    yield from _forgotten(config)
    for at, rule in enumerate(config.logs):
        yield from _log_rule(f"logs[{at}]", rule)


def _repeated(names: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for path, name in names:
        if first.setdefault(name, path) != path:
            yield Problem(path, f"`{name}` is already used at {first[name]}")


def _thresholds(config: Config) -> Iterator[Problem]:
    known = ", ".join(Channel)
    edges = ", ".join(f"{edge:g}" for edge in RESPONSE_EDGES_S)
    for path, _, channel, thresholds in levels(config.sla):
        if channel and channel not in list(Channel):
            yield Problem(path, f"unknown channel; must be one of {known}")
        for name in ("response_p95_seconds", "response_p99_seconds"):
            if getattr(thresholds, name) not in (None, *RESPONSE_EDGES_S):
                yield Problem(f"{path}.{name}", f"must be a bucket edge: one of {edges} seconds")


def _forgotten(config: Config) -> Iterator[Problem]:
    """What is read again and again must be known as counted for as long."""
    readings: dict[str, BillReading] = {
        "sources.twilio.bills": config.sources.twilio.bills,
        **{f"bills.{name}": getattr(config.bills, name) for name in type(config.bills).model_fields},
    }
    for path, reading in readings.items():
        if reading.enabled and reading.window_days >= config.retention.messages_days:
            yield Problem("retention.messages_days", f"must be more than {path}.window_days")


def _log_rule(path: str, rule: LogRule) -> Iterator[Problem]:
    known = EVENT_FIELDS[rule.kind]
    for section, given in (("set", rule.set), ("fields", rule.fields), ("scale", rule.scale)):
        for name in given:
            if name not in known:
                yield Problem(f"{path}.{section}.{name}", f"is no field of {rule.kind} events")
    for name in set(rule.scale) & set(known) - set(rule.fields):
        yield Problem(f"{path}.scale.{name}", "scales nothing: `fields` does not read it")
    for name in rule.fields:
        whole = name.partition(".")[0]
        if whole != name and whole in {*rule.fields, *rule.set}:
            yield Problem(f"{path}.fields.{name}", f"is a part of `{whole}`, which the rule fills as a whole")
    yield from _constants(path, rule)
    yield from _absent(path, rule)


def _constants(path: str, rule: LogRule) -> Iterator[Problem]:
    for name, value in rule.set.items():
        field = EVENT_FIELDS[rule.kind].get(name)
        if field and not fits(value, field.type):
            yield Problem(f"{path}.set.{name}", f"is no value that {rule.kind} events take here")


def _absent(path: str, rule: LogRule) -> Iterator[Problem]:
    needed = {name for name, field in EVENT_FIELDS[rule.kind].items() if field.required and name != "at"}
    absent = sorted(needed - set(rule.set) - set(rule.fields))
    if absent:
        yield Problem(path, f"{rule.kind} events need {', '.join(absent)} in `set` or `fields`")
