"""Every question of every dashboard has an answer, in every generation."""

from __future__ import annotations

from tests.e2e.told import Told
from tests.stack.queries import dashboard_queries

EMPTY_WHEN_HEALTHY = frozenset({"Firing alerts", "43 Parked events"})
"""What nothing is wrong with shows nothing."""


def test_what_may_be_empty_is_part_of_a_dashboard() -> None:
    assert {query.place for query in dashboard_queries()} >= EMPTY_WHEN_HEALTHY


def test_every_query_of_a_healthy_system_gives_numbers(told: Told) -> None:
    assert told.unanswered_when_healthy <= EMPTY_WHEN_HEALTHY


def test_every_query_gives_numbers_once_something_was_wrong(told: Told) -> None:
    assert told.unanswered_in_the_end == set()
