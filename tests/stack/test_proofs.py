"""The tables of rules/proofs on real promtools, and that none leaves out what it should prove."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stack.generation import NEWEST_FIRST, ROOT, program, succeed
from tests.stack.needed_rules import alone
from tests.stack.proofs import FACETS, PROOF_FILES, Proof, promtool_tests, read
from tests.stack.rule_files import ALERTS, EXPRESSIONS

PROOFS = {proof.rule: proof for path in PROOF_FILES for proof in read(path)}
LOOKS_PER_ALERT = 8
LOOKBACK = timedelta(minutes=5)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_STATED = re.compile(r"comms_sla_threshold:effective\{rule=")


def duration(text: str) -> timedelta:
    return sum(
        (timedelta(**{_UNITS[unit]: int(number)}) for number, unit in re.findall(r"(\d+)([smhd])", text)),
        timedelta(),
    )


@pytest.mark.parametrize("rule", PROOFS)
@pytest.mark.parametrize("generation", NEWEST_FIRST)
def test_the_rule_does_what_its_table_says(generation: str, rule: str, tmp_path: Path) -> None:
    test = alone(promtool_tests(PROOFS[rule], ROOT / "rules")).write(tmp_path)
    succeed(program("promtool", generation), "test", "rules", test)


def test_every_alert_has_a_table_and_every_table_a_rule() -> None:
    assert set(ALERTS) <= set(PROOFS) <= set(EXPRESSIONS)
    assert sum(1 for path in PROOF_FILES for _ in read(path)) == len(PROOFS)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_is_looked_at_often_enough(alert: str) -> None:
    assert len(PROOFS[alert].sightings) >= LOOKS_PER_ALERT


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_proves_each_facet_or_says_why_not(alert: str) -> None:
    proof, expression = PROOFS[alert], EXPRESSIONS[alert]
    assert proof.facets | set(proof.omitted) <= set(FACETS)
    assert not proof.facets & set(proof.omitted)
    wanted = {"fires", "at", "below", "nothing", "replicas", "death"}
    wanted |= {"override", "fallback"} if _STATED.search(expression) else set()
    wanted |= {"floor"} if "min_events" in expression else set()
    assert wanted <= proof.facets | set(proof.omitted)
    assert all(proof.omitted.values())


@pytest.mark.parametrize("alert", sorted(set(ALERTS) - {"Watchdog"}))
def test_every_alert_waits_fires_and_resolves(alert: str) -> None:
    seen = {state for _, _, seen in PROOFS[alert].sightings for state in re.findall(r"[a-z]+", seen)}
    assert {"pending", "firing", "quiet"} <= seen


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS.keys())
def test_every_look_sees_an_evaluation(proof: Proof) -> None:
    """A state older than the lookback would look quiet."""
    for name, moment, _ in proof.sightings:
        assert duration(moment) % duration(proof.evaluation) < LOOKBACK, (name, moment)


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS.keys())
def test_every_case_names_series_of_its_table(proof: Proof) -> None:
    moments = {moment for _, moment, _ in proof.sightings}
    for name, case in proof.cases.items():
        assert set(case) - moments - {"step"} <= set(proof.series), name
        assert any(looked == name for looked, _, _ in proof.sightings), name
