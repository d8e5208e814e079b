"""Alerting and recording rules as Prometheus reads them from a folder of files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from exporter.errors import ConfigError, Problem

_UNIT_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_PART = re.compile(r"(\d{1,15})(ms|[smhdwy])")
_LONGEST_S = 2**63 / 1e9
"""Prometheus counts nanoseconds in 64 bits: 292 years."""


class Alert(NamedTuple):
    """One alerting rule.

    Attributes:
        expr: PromQL.
        for_s: how long the expression must hold before it fires.
        keep_firing_for_s: how long it fires on after that.
        interval_s: how often its group is evaluated.
    """

    name: str
    expr: str
    for_s: float
    keep_firing_for_s: float
    interval_s: float


class Rules(NamedTuple):
    """What a folder holds: alerts in order, and the expression of each recording by its name."""

    alerts: tuple[Alert, ...]
    records: dict[str, str]


def read_rules(folder: Path, interval_s: float) -> Rules:
    """Every rule of `folder/*.yaml`; `interval_s` is that of groups that name none.

    Raises:
        ConfigError: no rules there, or a file that cannot be read as rules.
    """
    alerts: list[Alert] = []
    records: dict[str, str] = {}
    for path in sorted(folder.glob("*.y*ml")):
        for group in _groups(path):
            try:
                group_s = duration_s(group["interval"]) if "interval" in group else interval_s
                alerts += (_alert(rule, group_s) for rule in group["rules"] if "alert" in rule)
                records |= {rule["record"]: str(rule["expr"]) for rule in group["rules"] if "record" in rule}
            except (KeyError, TypeError, ValueError) as error:
                raise ConfigError([Problem(path.name, "is no file of Prometheus rules")]) from error
    if not alerts:
        raise ConfigError(
            [Problem(str(folder), "holds no alerts; name the folder of your rules with --rules")]
        )
    return Rules(tuple(alerts), records)


def duration_s(text: object) -> float:
    """A duration as Prometheus writes it, such as 1h30m, in seconds; raises ValueError for any other text."""
    parts = _PART.findall(str(text))
    if not parts or "".join(number + unit for number, unit in parts) != str(text):
        raise ValueError(f"{text} is no duration such as 30s, 5m, 1h30m or 30d")
    found_s = float(sum(int(number) * _UNIT_S[unit] for number, unit in parts))
    if found_s > _LONGEST_S:
        raise ValueError(f"{text} is longer than Prometheus can count, 292 years")
    return found_s


def _alert(rule: dict[str, Any], interval_s: float) -> Alert:
    for_s, keep_firing_for_s = (duration_s(rule.get(key, "0s")) for key in ("for", "keep_firing_for"))
    return Alert(str(rule["alert"]), str(rule["expr"]), for_s, keep_firing_for_s, interval_s)


def _groups(path: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigError([Problem(path.name, "is no file of Prometheus rules")]) from error
