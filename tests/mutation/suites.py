"""A copy of the rules in which one may be wrong, and the suites that should notice.

Suites are for promtool; of rules/compliance.yaml tests/stack/compliance.py notices first what no alert says.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.mutation.mutants import Rule
from tests.stack.compliance import COMPLIANCE, holds_its_alert
from tests.stack.generation import program
from tests.stack.proofs import PROOF_FILES, promtool_tests, read
from tests.stack.rule_files import EXPRESSIONS, FILES, TEST_FILES, name_of

_TIMEOUT_S = 120
_WORD = re.compile(r"[A-Za-z_][\w:]*")


class Suite(NamedTuple):
    """One test file for promtool.

    Attributes:
        subjects: the rule files it loads.
        metrics: the alerts and recorded metrics that it names.
    """

    path: Path
    subjects: frozenset[str]
    metrics: frozenset[str]


class Workshop:
    """Rules and suites under `directory`, one rule file of which is replaced at a time."""

    def __init__(self, directory: Path) -> None:
        self._rules = directory / "rules"
        (self._rules / "tests").mkdir(parents=True)
        for path in FILES:
            shutil.copy(path, self._rules)
        self.suites = [*self._proofs(), *self._tests()]

    def kills(self, subject: str, name: str, changed: Rule) -> bool:
        """Whether a test fails when this rule stands in the file of this subject."""
        alert = COMPLIANCE.get(name.removeprefix("comms_sla_compliant "))
        if alert and not holds_its_alert(changed["expr"], alert):
            return True
        path = self._rules / f"{subject}.yaml"
        original = path.read_text("utf-8")
        path.write_text(_with(original, name, changed), "utf-8")
        try:
            return any(not self._passes(suite) for suite in self._noticing(subject, name))
        finally:
            path.write_text(original, "utf-8")

    def failing(self) -> list[str]:
        """Suites that fail without any mistake."""
        return [suite.path.name for suite in self.suites if not self._passes(suite)]

    def _noticing(self, subject: str, name: str) -> list[Suite]:
        """Suites that name the rule, then those that name what is computed from it."""
        touched = dependents(name)
        near = [suite for suite in self.suites if subject in suite.subjects and suite.metrics & touched]
        return sorted(near, key=lambda suite: (_metric(name) not in suite.metrics, len(suite.subjects)))

    def _passes(self, suite: Suite) -> bool:
        command = [program("promtool"), "test", "rules", str(suite.path)]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def _proofs(self) -> list[Suite]:
        tables = [proof for path in PROOF_FILES for proof in read(path)]
        return [
            self._suite(f"proof_{at}", promtool_tests(table, self._rules)) for at, table in enumerate(tables)
        ]

    def _tests(self) -> list[Suite]:
        """Each test alone, so that only those near a rule run."""
        files = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in TEST_FILES}
        return [
            self._suite(f"{stem}_{at}", content | {"tests": [test]})
            for stem, content in files.items()
            for at, test in enumerate(content["tests"])
        ]

    def _suite(self, stem: str, content: dict[str, Any]) -> Suite:
        path = self._rules / "tests" / f"{stem}.yaml"
        path.write_text(yaml.safe_dump(content, width=1_000), "utf-8")
        looks = str([test.get(part) for test in content["tests"] for part in _LOOKS])
        subjects = frozenset(Path(name).stem for name in content["rule_files"])
        return Suite(path, subjects, frozenset(_WORD.findall(looks)) & {*map(_metric, EXPRESSIONS)})


_LOOKS = ("promql_expr_test", "alert_rule_test")


def dependents(name: str) -> set[str]:
    """What the rule gives, and what every rule computes from it, however far."""
    found = {_metric(name)}
    while True:
        more = {_metric(other) for other, text in EXPRESSIONS.items() if found & {*_WORD.findall(text)}}
        if more <= found:
            return found
        found |= more


def _with(text: str, name: str, changed: Rule) -> str:
    content = yaml.safe_load(text)
    for group in content["groups"]:
        group["rules"] = [changed if name_of(rule) == name else rule for rule in group["rules"]]
    return yaml.safe_dump(content, sort_keys=False, width=1_000)


def _metric(name: str) -> str:
    """Without the labels that the recording gives it."""
    return name.partition(" ")[0]
