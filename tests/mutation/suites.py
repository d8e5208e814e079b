"""What should notice a mistake in a rule: each test for promtool alone, with only the rules that it looks at."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.mutation.mutants import Rule
from tests.stack.compliance import COMPLIANCE, holds_its_alert
from tests.stack.generation import ROOT, program
from tests.stack.needed_rules import Alone, alone
from tests.stack.proofs import PROOF_FILES, promtool_tests, read
from tests.stack.rule_files import TEST_FILES, name_of

_TIMEOUT_S = 120


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
        rules: the names of those that it needs.
    """

    name: str
    test: Alone
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
            for group in suite.test.groups
        ]
        test = Alone(suite.test.content, groups).write(self._directory)
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
            yield _suite(f"{stem} {at}", content | {"tests": [test]})


def _contents() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in PROOF_FILES:
        for proof in read(path):
            yield proof.rule, promtool_tests(proof, ROOT / "rules")
    for path in TEST_FILES:
        yield path.stem, yaml.load(path.read_text(encoding="utf-8"), _Samples)  # noqa: S506 - it is a safe one


def _suite(name: str, content: dict[str, Any]) -> Suite:
    test = alone(content)
    return Suite(name, test, frozenset(name_of(rule) for group in test.groups for rule in group["rules"]))
