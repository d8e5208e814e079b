"""Each page fires because of its real fault: real servers, the shipped rules, and durations that are shorter."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.fault_stage import Seen, faults_seen
from tests.e2e.faults import FAULTS, NOT_LIVE
from tests.stack.generation import GENERATIONS
from tests.stack.rule_files import ALERTS

pytestmark = pytest.mark.faults

PAGES = {name for name, rule in ALERTS.items() if rule["labels"]["severity"] == "page"}


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return asyncio.run(faults_seen(tmp_path_factory.mktemp("faults"), GENERATIONS[-1]))


def test_every_page_of_the_rules_is_provoked_or_says_why_not() -> None:
    assert FAULTS.keys() | NOT_LIVE.keys() == PAGES
    assert not FAULTS.keys() & NOT_LIVE.keys()
    assert all(len(reason) > 20 for reason in NOT_LIVE.values())


@pytest.mark.parametrize("alert", FAULTS)
def test_the_fault_fires_the_page(seen: Seen, alert: str) -> None:
    assert alert in seen.fired, seen.in_vain.get(alert)


@pytest.mark.parametrize("alert", FAULTS)
def test_whoever_is_on_call_is_told(seen: Seen, alert: str) -> None:
    assert alert in seen.heard, seen.in_vain.get(alert)
