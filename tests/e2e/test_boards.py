"""Every question of every dashboard has an answer, in every generation."""

from __future__ import annotations

from tests.e2e.told import Told
from tests.stack.queries import dashboard_queries

EMPTY_WHEN_HEALTHY = frozenset({"Firing alerts", "43 Parked events"})
"""What nothing is wrong with shows nothing."""
NOT_IN_THE_STORY = frozenset(
    {
        "13 Last hour and three times its mean",
        "2 Highest share of a budget",
        "21 Delivered share of templates",
        "21 Share of the month's budget",
        "22 Forecast of the month",
        "22 Read share of templates",
        "23 Clicked share of templates",
        "3 Largest drift",
        "31 Drift by category",
        "31 Messages opened, by people and by machines",
        "32 Reported as spam",
        "33 Opted out in an hour",
        "33 Waiting for the provider's price",
        "4 Shortest balance",
        "41 Balance",
        "42 Days that the balance lasts",
        "42 Time of calls, p95",
        "43 Age of rate cards",
        "43 Failed share of calls",
        "44 Age of bills",
        "51 Cost of a conversation",
        "52 Conversations resolved and handed off",
        "54 Disputed share of payments",
        "54 Money that could be saved",
    }
)
"""Needs days of history, a budget, a bill, or more mails, calls and conversations than the story of a minute has."""


def test_what_may_be_empty_is_part_of_a_dashboard() -> None:
    assert {query.place for query in dashboard_queries()} >= EMPTY_WHEN_HEALTHY | NOT_IN_THE_STORY


def test_every_query_of_a_healthy_system_gives_numbers(told: Told) -> None:
    assert told.unanswered_when_healthy <= EMPTY_WHEN_HEALTHY | NOT_IN_THE_STORY


def test_every_query_gives_numbers_once_something_was_wrong(told: Told) -> None:
    assert told.unanswered_in_the_end <= NOT_IN_THE_STORY
