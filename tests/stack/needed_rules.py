"""Only the rules that a test looks at and what these read: promtool evaluates every rule of a file at every step."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.stack.rule_files import FILES

Group = dict[str, Any]

_WORD = re.compile(r"[A-Za-z_][\w:]*")
_LOOKS = ("promql_expr_test", "alert_rule_test")
_EVERY_ALERT = re.compile(r"ALERTS(?!\{[^}]*alertname=)")
_FILES = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}


class Alone(NamedTuple):
    """A test file of promtool and the rules that it needs.

    Attributes:
        content: the test file, which reads `rules.yaml` beside it.
    """

    content: dict[str, Any]
    groups: list[Group]

    def write(self, directory: Path) -> Path:
        """Both files; returns the test."""
        (directory / "rules.yaml").write_text(yaml.safe_dump({"groups": self.groups}, width=1_000), "utf-8")
        test = directory / "test.yaml"
        test.write_text(yaml.safe_dump(self.content, width=1_000), "utf-8")
        return test


def alone(content: dict[str, Any]) -> Alone:
    """The test file, of the shipped rules only with those it needs."""
    groups = [group for path in content["rule_files"] for group in _FILES[Path(path).stem]["groups"]]
    kept = list(_kept(groups, _inputs(_looks(content), groups)))
    names = {group["name"] for group in kept}
    order = [name for name in content.get("group_eval_order", []) if name in names]
    return Alone(content | {"rule_files": ["rules.yaml"], "group_eval_order": order}, kept)


def _inputs(looks: str, groups: list[Group]) -> set[str]:
    """The alerts and recorded metrics that are looked at, and those that these read, however far."""
    texts: dict[str, str] = {}
    for rule in (rule for group in groups for rule in group["rules"]):
        read_by_it = " ".join((rule["expr"], *rule.get("annotations", {}).values()))
        texts[_metric(rule)] = f"{texts.get(_metric(rule), '')} {read_by_it}"
    found = set(texts) if _EVERY_ALERT.search(looks) else _named(looks, texts)
    while more := {name for metric in found for name in _named(texts[metric], texts)} - found:
        found |= more
    return found


def _looks(content: dict[str, Any]) -> str:
    looks = (look for test in content["tests"] for part in _LOOKS for look in test.get(part, []))
    return " ".join(look.get("expr") or look["alertname"] for look in looks)


def _kept(groups: Iterable[Group], needed: set[str]) -> Iterable[Group]:
    for group in groups:
        if rules := [rule for rule in group["rules"] if _metric(rule) in needed]:
            yield group | {"rules": rules}


def _named(text: str, names: Iterable[str]) -> set[str]:
    return {*_WORD.findall(text)} & {*names}


def _metric(rule: dict[str, Any]) -> str:
    return str(rule.get("alert") or rule["record"])
