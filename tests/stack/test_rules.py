"""The shipped rules on real promtools: the files are sound, and every alert fires, waits and is quiet as tested."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stack.generation import GENERATIONS, program, succeed
from tests.stack.rule_files import ALERTS, FILES, TEST_FILES

ALWAYS_FIRING = {"Watchdog"}
_TESTS = [test for path in TEST_FILES for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_promtool_accepts_every_rule(generation: str) -> None:
    succeed(program("promtool", generation), "check", "rules", *FILES)


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_rules_do_what_their_tests_say(generation: str, path: Path) -> None:
    succeed(program("promtool", generation), "test", "rules", path)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_is_seen_firing_with_its_exact_texts(alert: str) -> None:
    assert any(expected["exp_alerts"] for expected in _alert_cases(alert))


@pytest.mark.parametrize("alert", sorted(set(ALERTS) - ALWAYS_FIRING))
def test_every_alert_is_seen_quiet(alert: str) -> None:
    assert any(not case["exp_samples"] for case in _state_cases(alert))


@pytest.mark.parametrize("alert", sorted(set(ALERTS) - ALWAYS_FIRING - {"EventsParked", "SeriesFolded"}))
def test_every_alert_that_waits_is_seen_waiting(alert: str) -> None:
    pending = 'alertstate="pending"'
    assert any(pending in sample["labels"] for case in _state_cases(alert) for sample in case["exp_samples"])


def test_alert_groups_are_tested_after_their_recordings() -> None:
    for path in TEST_FILES:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        order = content.get("group_eval_order", [])
        assert all(f"{subject}.recording" in order for subject in _recording_subjects(content)), path.name
        assert order == sorted(order, key=lambda group: group.endswith(".alerts")), path.name


def _recording_subjects(content: dict[str, Any]) -> list[str]:
    stems = [Path(name).stem for name in content["rule_files"]]
    return [
        path.stem
        for path in FILES
        if path.stem in stems and f"{path.stem}.recording" in path.read_text("utf-8")
    ]


def _alert_cases(alert: str) -> list[dict[str, Any]]:
    return [case for test in _TESTS for case in test.get("alert_rule_test", []) if case["alertname"] == alert]


def _state_cases(alert: str) -> list[dict[str, Any]]:
    """Looks at ALERTS that would see this alert."""
    return [
        case
        for test in _TESTS
        for case in test.get("promql_expr_test", [])
        if "(ALERTS" in case["expr"] and _sees(case["expr"], alert)
    ]


def _sees(expression: str, alert: str) -> bool:
    named = re.search(r'alertname="(\w+)"', expression)
    return named is None or named[1] == alert
