"""Which way is taken next, by hand and for any history."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ledger.pages import Step, Way
from exporter.paging.escalation import Patience, next_ways
from tests.conftest import NOON

S = timedelta(seconds=1)
PATIENCE = Patience(60 * S, 900 * S)


def ways(person: str, *channels: str) -> list[Way]:
    return [Way(person, number, channel) for number, channel in enumerate(channels)]


ALICE = ways("alice", "sms", "sms", "call", "email")
BOB = ways("bob", "sms")
CAROL = ways("carol", "sms")
LEVELS = [[ALICE], [BOB]]


def sent(way: Way, ago_s: float, outcome: str | None = None) -> Step:
    at = NOON - ago_s * S
    return Step(way, at, at, at if outcome else None, outcome)


def unsent(way: Way, ago_s: float) -> Step:
    return Step(way, NOON - ago_s * S)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], [ALICE[0]]),
        ([sent(ALICE[0], 59)], []),
        ([sent(ALICE[0], 60)], [ALICE[1]]),
        ([sent(ALICE[0], 1, "failed")], [ALICE[1]]),
        ([sent(ALICE[0], 70, "timed_out")], [ALICE[1]]),
        ([sent(ALICE[0], 99, "failed"), sent(ALICE[1], 99, "failed")], [ALICE[2]]),
        ([sent(ALICE[0], 99, "timed_out"), sent(ALICE[1], 10)], []),
        ([sent(ALICE[2], 61)], [ALICE[3]]),
        ([sent(ALICE[3], 59)], []),
        ([sent(ALICE[3], 60)], [BOB[0]]),
        ([sent(ALICE[3], 90), sent(BOB[0], 10)], []),
        ([sent(ALICE[3], 90), sent(BOB[0], 10, "failed")], []),
        ([sent(ALICE[0], 899, "delivered")], []),
        ([sent(ALICE[0], 900, "delivered")], [BOB[0]]),
        ([sent(ALICE[0], 90, "delivered"), sent(ALICE[1], 70, "failed")], []),
        ([unsent(ALICE[0], 59)], []),
        ([unsent(ALICE[0], 60)], [ALICE[3]]),
        ([unsent(ALICE[0], 120), sent(ALICE[3], 59)], []),
        ([unsent(ALICE[0], 120), sent(ALICE[3], 60)], [BOB[0]]),
        ([sent(BOB[0], 500, "delivered")], [ALICE[0]]),
    ],
)
def test_the_next_way(steps: list[Step], expected: list[Way]) -> None:
    assert next_ways(LEVELS, steps, NOON, PATIENCE) == expected


def test_everybody_of_a_level_is_told_at_once_and_one_who_is_reached_stops_it() -> None:
    level = [[ALICE, CAROL]]
    assert next_ways(level, [], NOON, PATIENCE) == [ALICE[0], CAROL[0]]
    steps = [sent(ALICE[0], 70, "timed_out"), sent(CAROL[0], 70, "delivered")]
    assert next_ways(level, steps, NOON, PATIENCE) == []


def test_without_a_time_for_answers_a_delivered_page_waits_for_ever() -> None:
    steps = [sent(ALICE[0], 86_400, "delivered")]
    assert next_ways(LEVELS, steps, NOON, PATIENCE._replace(answer=None)) == []


def test_a_way_that_became_another_one_meanwhile_is_not_planned_a_second_time() -> None:
    shorter = ways("alice", "sms", "call", "email")
    steps = [sent(ALICE[0], 200, "timed_out"), sent(ALICE[1], 130, "timed_out")]
    assert next_ways([[shorter], [BOB]], steps, NOON, PATIENCE) == [shorter[2]]


def test_with_nobody_there_is_nothing_to_do() -> None:
    assert next_ways([], [], NOON, PATIENCE) == []
    assert next_ways([[[]]], [], NOON, PATIENCE) == []


@given(st.lists(st.sampled_from(["failed", "timed_out", "silent"]), max_size=12))
def test_until_somebody_is_reached_everybody_is_tried_on_every_way_and_no_way_twice(fates: list[str]) -> None:
    """The world does nothing good; time goes on."""
    steps: list[Step] = []
    now: datetime = NOON
    for fate in [*fates, *["silent"] * 12]:
        now += 61 * S
        for way in next_ways(LEVELS, steps, now, PATIENCE):
            outcome = None if fate == "silent" else fate
            steps.append(Step(way, now, now, now if outcome else None, outcome))
    assert [step.way for step in steps] == [*ALICE, *BOB]


@given(st.permutations([sent(ALICE[0], 300, "timed_out"), sent(ALICE[1], 200, "failed"), sent(ALICE[2], 10)]))
def test_the_order_in_which_steps_are_read_does_not_matter(steps: list[Step]) -> None:
    assert next_ways(LEVELS, steps, NOON, PATIENCE) == []
