"""Erasing a person: nothing of them is left in any column, and every total is what it was."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from exporter.ledger.person import PersonKind
from tests.conftest import RunningLedger, step
from tests.integration.api.person_kept import (
    EMAIL,
    NUMBER,
    OTHER_NUMBER,
    OTHER_USER,
    TODAY,
    USER_ID,
    different,
    erase,
    everything,
    fill,
    fill_elsewhere,
    message,
    places_of,
)


async def sums(dsn: str) -> list[Any]:
    """All sums but those of single users."""
    query = "SELECT tenant, scope, family, begins, labels, value FROM rollup_day WHERE scope <> 2 ORDER BY 1,2,3,4,5"
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_the_canaries_stand_where_people_are_kept(replica: RunningLedger, dsn: str) -> None:
    """Else the search below would prove nothing."""
    async with replica() as one:
        await fill(one)
        await fill_elsewhere(dsn)
    found = {place.split(".")[0] for place in await places_of(dsn, USER_ID, NUMBER, EMAIL)}
    assert found >= {
        "events",
        "messages",
        "event_keys",
        "parked_events",
        "credit_balances",
        "rollup_day",
        "pages",
        "webhook_deliveries",
        "notification_users",
        "notifications",
        "conversation_states",
    }


@pytest.mark.parametrize(
    ("kind", "subject", "secrets"),
    [
        (PersonKind.USER, USER_ID, (USER_ID, NUMBER)),
        (PersonKind.NUMBER, NUMBER, (NUMBER,)),
        (PersonKind.EMAIL, EMAIL, (EMAIL,)),
    ],
)
async def test_no_column_of_any_table_holds_the_person_afterwards_and_totals_are_what_they_were(
    replica: RunningLedger, dsn: str, kind: PersonKind, subject: str, secrets: tuple[str, ...]
) -> None:
    async with replica() as one:
        await fill(one)
        await fill_elsewhere(dsn)
        await one.ledger.catch_up()
        await one.ledger.write_checkpoint()
        before, rolled_up = one.totals.rows(), await sums(dsn)
        counts = await erase(one, kind, subject)
        await one.ledger.catch_up()
        assert one.totals.rows() == before
        assert await sums(dsn) == rolled_up
    assert counts["events"] > 0
    assert await places_of(dsn, *secrets) == {}
    assert await different(dsn) == ()


async def test_what_is_of_somebody_else_stays(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await fill(one)
        before = await places_of(dsn, OTHER_USER, OTHER_NUMBER)
        await erase(one, PersonKind.USER, USER_ID)
    assert before
    assert await places_of(dsn, OTHER_USER, OTHER_NUMBER) == before


async def test_another_tenant_keeps_what_it_has_of_the_same_number(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM9", at=TODAY, peer=NUMBER, tenant="globex")])
        assert await erase(one, PersonKind.NUMBER, NUMBER) == {}
    assert await places_of(dsn, NUMBER) == {"events.data": 1, **await places_of_partition(dsn)}


async def places_of_partition(dsn: str) -> dict[str, int]:
    """The same rows, as the table of their day shows them."""
    return {
        place: rows for place, rows in (await places_of(dsn, NUMBER)).items() if place.startswith("events_")
    }


async def test_the_balance_of_an_erased_user_stays_in_the_sum(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await fill(one)
        await erase(one, PersonKind.USER, USER_ID)
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT sum(balance) FROM credit_balances") == 70
    await connection.close()


async def test_erasing_again_changes_nothing(replica: RunningLedger) -> None:
    async with replica() as one:
        await fill(one)
        assert (await erase(one, PersonKind.NUMBER, NUMBER))["messages"] >= 2
        assert await erase(one, PersonKind.NUMBER, NUMBER) == {}


async def test_a_later_step_of_a_message_still_finds_it(replica: RunningLedger) -> None:
    async with replica() as one:
        await fill(one)
        await erase(one, PersonKind.NUMBER, NUMBER)
        again, new = await one.ledger.append([message("SM1", "delivered"), message("SM1", "read")])
        assert again is None
        assert new is not None


async def test_an_event_that_was_not_rolled_up_yet_adds_to_no_user(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append(everything())
        await erase(one, PersonKind.USER, USER_ID)
        await one.ledger.roll_up()
    assert await places_of(dsn, USER_ID) == {}
    assert any(family == "comms_messages_total" for _, _, family, *_ in await sums(dsn))
