"""`comms-exporter demo` fills every panel, variable and annotation that needs no provider's bill."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.boards import unanswered
from tests.e2e.demo_stage import demo_stage
from tests.stack.generation import GENERATIONS
from tests.stack.queries import dashboard_queries, sql_queries

NEEDS_A_PROVIDERS_ANSWER = frozenset(
    {
        "exporter 54 Steps reported only when asked",
        "money 3 Largest drift",
        "money 31 Drift by category",
        "money 33 Waiting for the provider's price",
        "money 4 Shortest balance",
        "money 41 Balance",
        "money 42 Days that the balance lasts",
        "money 43 Age of rate cards",
        "money 44 Age of bills",
        "overview 45 Shortest balance",
    }
)
"""The demo asks no provider for bills, prices or messages; tests/integration does, of a stand-in."""
EMPTY_WHEN_HEALTHY = frozenset({"exporter 32 Work that failed", "exporter 35 Alerts that are blind"})
"""Metrics that could not be rendered or have no series: the demo has none."""
NEEDS_A_SCANNED_GAUGE = frozenset(
    {
        "exporter 56 Open and waiting",
        "exporter 57 Users by state",
        "exporter 58 Prepaid credit left",
        "exporter 59 Rate limits in use",
        "exporter 60 Since the newest row",
    }
)
"""The table that the demo scans holds messages, and no gauge is asked of it."""
NEEDS_DAYS = frozenset({"money 64 Disputed share of payments"})
"""Counts whole days, and two minutes of this run are an hour."""
NEEDS_A_CALLER = {"exporter 63 Time until a page arrives, p95", "exporter 74 API answers from the cache"}
"""The demo pages nobody, and nobody asks its API."""
MAY_BE_EMPTY = (
    NEEDS_A_CALLER | NEEDS_A_PROVIDERS_ANSWER | EMPTY_WHEN_HEALTHY | NEEDS_A_SCANNED_GAUGE | NEEDS_DAYS
)
_LIMIT_S = 400
"""What compares an hour with the one before needs over two minutes of this run."""


class Looked(NamedTuple):
    """What the boards showed.

    Attributes:
        unanswered: the queries that gave no number at any look. One look is not enough: on a busy machine a scrape
            may miss its interval, and then everything is gone for a moment.
    """

    unanswered: set[str]
    tables: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    return asyncio.run(_look(tmp_path_factory.mktemp("boards")))


async def _look(folder: Path) -> Looked:
    """Look until all was there that should be; what never comes is for the tests to name."""
    async with demo_stage(folder, GENERATIONS[-1]) as stage:
        missing = await unanswered(stage.watch)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LIMIT_S):
                while missing - MAY_BE_EMPTY:
                    await asyncio.sleep(5)
                    missing &= await unanswered(stage.watch)
        return Looked(missing, {query.place: await stage.rows(query) for query in sql_queries()})


def test_what_may_be_empty_is_part_of_a_dashboard() -> None:
    assert {query.place for query in dashboard_queries()} >= MAY_BE_EMPTY


def test_every_query_of_prometheus_gives_numbers(looked: Looked) -> None:
    assert looked.unanswered - MAY_BE_EMPTY == set()


def test_every_query_of_postgresql_gives_rows(looked: Looked) -> None:
    assert looked.tables
    assert all(looked.tables.values())


def test_users_are_shown_by_the_ids_that_applications_gave(looked: Looked) -> None:
    (users,) = (rows for place, rows in looked.tables.items() if place.endswith("Users"))
    assert all(row["user_id"].startswith("user-") for row in users)
    assert all(row["messages"] >= row["delivered"] + row["failed"] for row in users)
