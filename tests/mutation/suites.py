"""A copy of the rules in which one may be wrong, and the suites that should notice."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.mutation.mutants import Rule
from tests.stack.generation import program
from tests.stack.proofs import PROOF_FILES, promtool_tests, read
from tests.stack.rule_files import EXPRESSIONS, FILES, TEST_FILES

_TIMEOUT_S = 120
_WORD = re.compile(r"[A-Za-z_][\w:]*")


class Suite(NamedTuple):
    """One test file for promtool.

    Attributes:
        subjects: the rule files it loads.
        rules: the rules that it names.
    """

    path: Path
    subjects: frozenset[str]
    rules: frozenset[str]


class Workshop:
    """Rules and suites under `directory`, one rule file of which is replaced at a time."""

    def __init__(self, directory: Path) -> None:
        self._rules = directory / "rules"
        (self._rules / "tests").mkdir(parents=True)
        for path in FILES:
            shutil.copy(path, self._rules)
        self.suites = [*self._proofs(), *(self._suite(path, path.read_text("utf-8")) for path in TEST_FILES)]

    def kills(self, subject: str, changed: Rule) -> bool:
        """Whether a suite fails when this rule stands in the file of this subject."""
        path = self._rules / f"{subject}.yaml"
        original = path.read_text("utf-8")
        path.write_text(_with(original, changed), "utf-8")
        try:
            name = changed.get("alert") or changed["record"]
            return any(not self._passes(suite) for suite in self._noticing(subject, name))
        finally:
            path.write_text(original, "utf-8")

    def failing(self) -> list[str]:
        """Suites that fail without any mistake."""
        return [suite.path.name for suite in self.suites if not self._passes(suite)]

    def _noticing(self, subject: str, name: str) -> list[Suite]:
        """Suites that name the rule, then those that name what is computed from it."""
        touched = dependents(name)
        near = [suite for suite in self.suites if subject in suite.subjects and suite.rules & touched]
        return sorted(near, key=lambda suite: (name not in suite.rules, len(suite.rules)))

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
            self._suite(
                Path(f"proof_{at}.yaml"), yaml.safe_dump(promtool_tests(table, self._rules), width=1_000)
            )
            for at, table in enumerate(tables)
        ]

    def _suite(self, path: Path, text: str) -> Suite:
        copy = self._rules / "tests" / path.name
        copy.write_text(text, "utf-8")
        content = yaml.safe_load(text)
        looks = str([test.get(part) for test in content["tests"] for part in _LOOKS])
        subjects = frozenset(Path(name).stem for name in content["rule_files"])
        return Suite(copy, subjects, frozenset(_WORD.findall(looks)) & EXPRESSIONS.keys())


_LOOKS = ("promql_expr_test", "alert_rule_test")


def dependents(name: str) -> set[str]:
    """The rule, and every rule computed from it, however far."""
    found = {name}
    while True:
        more = {other for other, text in EXPRESSIONS.items() if found & set(_WORD.findall(text))} | found
        if more == found:
            return found
        found = more


def _with(text: str, changed: Rule) -> str:
    content = yaml.safe_load(text)
    for group in content["groups"]:
        group["rules"] = [changed if _name(rule) == _name(changed) else rule for rule in group["rules"]]
    return yaml.safe_dump(content, sort_keys=False, width=1_000)


def _name(rule: Rule) -> tuple[str | None, str | None]:
    return rule.get("alert"), rule.get("record")
