"""Expressions of rules with the proposed thresholds in place of the recorded ones.

Two recordings carry the thresholds in force, one for what has no levels and one for a tenant's channel. Where an
expression asks for one of them it gets the proposed numbers instead; everything else comes from the recorded history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from exporter.config.sla import Threshold

FOR_ALL = "rule:comms_sla_threshold:effective"
OF_LEVELS = "tenant_channel_rule:comms_sla_threshold:effective"
_LIVE = "tenant_channel_rule:comms_sla_threshold:zero"
"""Zeros for each tenant and channel with messages, to which the nearest level's number is added."""

_TEXT = r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\#[^\n]*)"""
_NAME = r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
_MATCHERS = r"""(?P<matchers>\s*\{(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^}"'])*\})?"""
_TOKEN = re.compile(rf"{_TEXT}|{_NAME}{_MATCHERS}(?P<window>\s*\[)?")
_RULE = re.compile(r"""\s*\{\s*rule\s*=\s*["'](?P<rule>\w+)["']\s*,?\s*\}""")


class Undecidable(ValueError):
    """An expression uses thresholds in a way that cannot be replayed; its text is the name of the series."""


class Proposal:
    """What rules would say if these thresholds were in force; `records` are the recorded expressions by name."""

    def __init__(self, thresholds: tuple[Threshold, ...], records: Mapping[str, str]) -> None:
        self._thresholds = thresholds
        self._records = records

    def applied_to(self, expr: str) -> str:
        """The expression with proposed numbers.

        Raises:
            Undecidable: it asks for a recording that depends on thresholds by label or over time.
        """
        return _TOKEN.sub(self._replaced, expr)

    def _replaced(self, found: re.Match[str]) -> str:
        name = found["name"]
        if name in (FOR_ALL, OF_LEVELS):
            return self._number(found) or found[0]
        if name not in self._records or self.applied_to(self._records[name]) == self._records[name]:
            return found[0]
        if found["matchers"] or found["window"]:
            raise Undecidable(name)
        return f"({self.applied_to(self._records[name])})"

    def _number(self, found: re.Match[str]) -> str | None:
        rule = _RULE.fullmatch(found["matchers"] or "")
        proposed = [one for one in self._thresholds if rule and one.rule == rule["rule"]]
        if rule is None or not proposed or found["window"]:
            return None
        if found["name"] == FOR_ALL:
            return f'label_replace(vector({proposed[0].value!r}), "rule", "{rule["rule"]}", "", "")'
        # `or` keeps the first that has the labels: a channel of a tenant, a tenant, a channel, the default.
        nearest = sorted(proposed, key=lambda one: (not one.tenant, not one.channel))
        return f"({' or '.join(map(_at_level, nearest))})"


def series_of(expr: str) -> frozenset[str]:
    """The names of our series in an expression: recorded ones, and those of the exporter."""
    names = (found["name"] or "" for found in _TOKEN.finditer(expr))
    return frozenset(name for name in names if ":" in name or name.startswith("comms_"))


def _at_level(threshold: Threshold) -> str:
    levels = {"tenant": threshold.tenant, "channel": threshold.channel}
    matchers = ",".join(f'{label}="{value}"' for label, value in levels.items() if value)
    # The zeros of every rule: one that is new has none in the history.
    return f"max by (tenant, channel) ({_LIVE}{{{matchers}}}) + {threshold.value!r}"
