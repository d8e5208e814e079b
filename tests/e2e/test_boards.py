"""The boards tell the story of an incident, and no generation refuses one of their queries.

A query that Prometheus refuses fails the story itself. That every panel has data at all is for
test_boards_of_the_demo.py: the story is about one incident.
"""

from __future__ import annotations

from tests.e2e.told import Told
from tests.stack.queries import DASHBOARDS, dashboard_queries

OF_A_GOOD_DAY = frozenset(
    {
        "delivery 11 Failed share and its limit",
        "delivery 12 Delivered share and its limit",
        "delivery 13 Message steps by status",
        "delivery 21 Answer time p95 and its limit",
        "delivery 22 Processing time p95 and its limit",
        "delivery 31 Messages without a final status, by age",
        "exporter 11 Events received",
        "exporter 21 Answering replicas",
        "exporter 22 Ledger: up, and time to commit p95",
        "exporter 33 Since the newest event",
        "overview 21 Failed share by channel",
        "overview 22 Delivered share by channel",
        "overview 23 Messages sent by channel",
        "overview 31 Time to the answer, p95",
        "tenant 11 Delivered share and its limit",
        "tenant 12 Failed share and its limit",
    }
)
"""Graphs, which a scrape that comes late does not empty."""
OF_THE_INCIDENT = frozenset(
    {
        *(f"{path.stem} Firing alerts" for path in DASHBOARDS),
        "delivery 14 Failures by reason",
        "exporter 13 Parked events",
        "overview 1 Pages",
        "overview 2 Tickets",
        "overview 3 Channels that fail",
        "overview 12 Firing alerts by subsystem",
    }
)


def test_the_panels_of_the_story_are_part_of_a_dashboard() -> None:
    assert {query.place for query in dashboard_queries()} >= OF_A_GOOD_DAY | OF_THE_INCIDENT


def test_a_healthy_system_is_seen_on_the_boards(told: Told) -> None:
    assert not told.unanswered_when_healthy & OF_A_GOOD_DAY


def test_an_incident_stays_to_be_seen_once_it_is_over(told: Told) -> None:
    assert not told.unanswered_in_the_end & (OF_A_GOOD_DAY | OF_THE_INCIDENT)
