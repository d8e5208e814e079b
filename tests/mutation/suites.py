"""What should notice a mistake in a rule: each test for promtool alone, with only the rules that it looks at."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.mutation.mutants import Rule
from tests.stack.compliance import COMPLIANCE, holds_its_alert
from tests.stack.generation import ROOT, program
from tests.stack.proofs import PROOF_FILES, promtool_tests, read
from tests.stack.rule_files import FILES, TEST_FILES, name_of

_TIMEOUT_S = 120
_WORD = re.compile(r"[A-Za-z_][\w:]*")
_LOOKS = ("promql_expr_test", "alert_rule_test")
_EVERY_ALERT = re.compile(r"ALERTS(?!\{[^}]*alertname=)")
_FILES = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}


class _Samples(yaml.SafeLoader):
    """YAML in which `0x60` stays a row of samples, as promtool reads it."""


_INT = "tag:yaml.org,2002:int"
_Samples.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _INT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Samples.add_implicit_resolver(_INT, re.compile(r"[-+]?\d+$"), list("-+0123456789"))


class Suite(NamedTuple):
    """One test.

    Attributes:
        content: the test file without its rules.
        groups: the rules that it looks at and what they read.
        rules: their names.
    """

    name: str
    content: dict[str, Any]
    groups: list[dict[str, Any]]
    rules: frozenset[str]


class Workshop:
    """Runs suites in `directory`, with one rule changed at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._noticed: Counter[str] = Counter()
        self._suites = list(suites())

    def kills(self, name: str, changed: Rule) -> bool:
        """Whether a test fails when the rule of this name is so; the one that failed most often is asked first."""
        if _linted(name, changed):
            return True
        near = [suite for suite in self._suites if name in suite.rules]
        for suite in sorted(near, key=lambda suite: (-self._noticed[suite.name], len(suite.rules))):
            if not self._passes(suite, name, changed):
                self._noticed[suite.name] += 1
                return True
        return False

    def failing(self) -> list[str]:
        """Suites that fail without any mistake."""
        return [suite.name for suite in self._suites if not self._passes(suite, "", {})]

    def _passes(self, suite: Suite, name: str, changed: Rule) -> bool:
        groups = [
            group | {"rules": [changed if name_of(rule) == name else rule for rule in group["rules"]]}
            for group in suite.groups
        ]
        (self._directory / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}, width=1_000), "utf-8")
        test = self._directory / "test.yaml"
        test.write_text(yaml.safe_dump(suite.content, width=1_000), "utf-8")
        command = [program("promtool"), "test", "rules", str(test)]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def _linted(name: str, changed: Rule) -> bool:
    """Whether tests/stack/test_rule_lint.py notices: each threshold has its rule, which says what its alert says."""
    alert = COMPLIANCE.get(name.removeprefix("comms_sla_compliant "))
    return alert is not None and (name_of(changed) != name or not holds_its_alert(changed["expr"], alert))


def suites() -> Iterator[Suite]:
    """Each case of rules/proofs and each test of rules/tests."""
    for stem, content in _contents():
        for at, test in enumerate(content["tests"]):
            yield _suite(f"{stem} {at}", content, test)


def _contents() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in PROOF_FILES:
        for proof in read(path):
            yield proof.rule, promtool_tests(proof, ROOT / "rules")
    for path in TEST_FILES:
        yield path.stem, yaml.load(path.read_text(encoding="utf-8"), _Samples)  # noqa: S506 - it is a safe one


def _suite(name: str, content: dict[str, Any], test: dict[str, Any]) -> Suite:
    files = [_FILES[Path(path).stem] for path in content["rule_files"]]
    groups = [group for file in files for group in file["groups"]]
    looks = [look.get("expr") or look["alertname"] for part in _LOOKS for look in test.get(part, [])]
    needed = inputs(" ".join(looks), groups)
    kept = [
        group | {"rules": rules}
        for group in groups
        if (rules := [rule for rule in group["rules"] if _metric(rule) in needed])
    ]
    order = [group for group in content.get("group_eval_order", []) if group in {of["name"] for of in kept}]
    alone = content | {"rule_files": ["rules.yaml"], "group_eval_order": order, "tests": [test]}
    return Suite(name, alone, kept, frozenset(name_of(rule) for group in kept for rule in group["rules"]))


def inputs(looks: str, groups: list[dict[str, Any]]) -> set[str]:
    """The alerts and recorded metrics that are looked at, and those that these read, however far."""
    texts: dict[str, str] = {}
    for rule in (rule for group in groups for rule in group["rules"]):
        read_by_it = " ".join((rule["expr"], *rule.get("annotations", {}).values()))
        texts[_metric(rule)] = f"{texts.get(_metric(rule), '')} {read_by_it}"
    found = set(texts) if _EVERY_ALERT.search(looks) else _named(looks, texts)
    while more := {name for metric in found for name in _named(texts[metric], texts)} - found:
        found |= more
    return found


def _named(text: str, names: Iterable[str]) -> set[str]:
    return {*_WORD.findall(text)} & {*names}


def _metric(rule: Rule) -> str:
    return str(rule.get("alert") or rule["record"])
