"""Every question of every dashboard has an answer, in every generation."""

from __future__ import annotations

from tests.e2e.told import Told
from tests.stack.queries import DASHBOARDS, dashboard_queries

EMPTY_WHEN_HEALTHY = frozenset(
    {f"{path.stem} Firing alerts" for path in DASHBOARDS}
    | {
        "exporter 13 Parked events",
        "overview 11 Firing alerts",
        "overview 12 Firing alerts by subsystem",
    }
)
"""What nothing is wrong with shows nothing."""
NOT_IN_THE_STORY = frozenset(
    {
        "conversations 12 Resolved and handed off",
        "conversations 13 Cost of a conversation",
        "delivery 61 Messages opened, by people and by machines",
        "delivery 62 Reported as spam",
        "delivery 63 Opted out in an hour",
        "exporter 32 Work that failed",
        "exporter 54 Steps reported only when asked",
        "llm 2 Highest failed share",
        "llm 21 Time of calls, p95",
        "llm 22 Failed share of calls",
        "llm 3 Slowest model, p95",
        "money 13 Last hour and three times its mean",
        "money 2 Highest share of a budget",
        "money 21 Share of the month's budget",
        "money 22 Forecast of the month",
        "money 3 Largest drift",
        "money 31 Drift by category",
        "money 33 Waiting for the provider's price",
        "money 4 Shortest balance",
        "money 41 Balance",
        "money 42 Days that the balance lasts",
        "money 43 Age of rate cards",
        "money 44 Age of bills",
        "money 54 Money that could be saved",
        "money 64 Disputed share of payments",
        "overview 44 Most used budget",
        "overview 45 Shortest balance",
        "tenant 32 Month to date and budget",
        "whatsapp 21 Delivered share of templates",
        "whatsapp 22 Read share of templates",
        "whatsapp 23 Clicked share of templates",
    }
)
"""Needs days of history, a budget, a bill, or more mails, calls and conversations than the story of a minute has.

tests/e2e/test_boards_of_the_demo.py fills most of these.
"""


def test_what_may_be_empty_is_part_of_a_dashboard() -> None:
    assert {query.place for query in dashboard_queries()} >= EMPTY_WHEN_HEALTHY | NOT_IN_THE_STORY


def test_every_query_of_a_healthy_system_gives_numbers(told: Told) -> None:
    assert told.unanswered_when_healthy <= EMPTY_WHEN_HEALTHY | NOT_IN_THE_STORY


def test_every_query_gives_numbers_once_something_was_wrong(told: Told) -> None:
    assert told.unanswered_in_the_end <= NOT_IN_THE_STORY
