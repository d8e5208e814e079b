"""Sums over any period are those of its events, whether days or hours hold them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exporter.ledger.reader import Reader
from exporter.ledger.rollup_query import Owner, Period, by_day, by_hour, sums
from tests.conftest import RunningLedger, step

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
START = TODAY - timedelta(days=5)
MESSAGES = ["comms_messages_total"]
HOURS = timedelta(hours=1)


async def fill(replica: RunningLedger) -> None:
    """One message of acme each hour from START on, for four days; globex once."""
    steps = [
        step(f"SM{hour}", at=START + hour * HOURS + timedelta(minutes=30), tenant="acme", user=str(hour % 2))
        for hour in range(96)
    ]
    async with replica() as one:
        await one.ledger.append([*steps, step("SMX", at=START, tenant="globex", outlet="o1")])
        await one.ledger.roll_up()


async def total(dsn: str, owner: Owner, period: Period) -> Decimal | int:
    async with Reader(dsn, size=1, statement_s=5).open() as reader, reader.of(owner.tenant) as connection:
        return sum(one.value for one in await sums(connection, owner, period, MESSAGES))


@pytest.mark.parametrize(
    ("first", "last"), [(0, 96), (0, 24), (5, 20), (5, 29), (23, 25), (24, 48), (1, 95), (7, 7), (30, 31)]
)
async def test_a_period_has_the_events_of_its_hours(
    replica: RunningLedger, dsn: str, first: int, last: int
) -> None:
    await fill(replica)
    period = Period(START + first * HOURS, START + last * HOURS)
    assert await total(dsn, Owner("acme"), period) == last - first


async def test_all_tenants_a_tenant_a_user_and_an_outlet(replica: RunningLedger, dsn: str) -> None:
    await fill(replica)
    period = Period(START, TODAY)
    assert await total(dsn, Owner(None), period) == 97
    assert await total(dsn, Owner("acme"), period) == 96
    assert await total(dsn, Owner("acme", user="1"), period) == 48
    assert await total(dsn, Owner("globex", outlet="o1"), period) == 1
    assert await total(dsn, Owner("nobody"), period) == 0


async def test_a_period_of_a_user_is_widened_to_whole_days(replica: RunningLedger, dsn: str) -> None:
    await fill(replica)
    period = Period(START + 5 * HOURS, START + 25 * HOURS)
    assert await total(dsn, Owner("acme", user="1"), period) == 24


async def test_days_and_hours_apart(replica: RunningLedger, dsn: str) -> None:
    await fill(replica)
    owner, period = Owner("acme"), Period(START + 23 * HOURS, START + 26 * HOURS)
    async with Reader(dsn, size=1, statement_s=5).open() as reader, reader.of("acme") as connection:
        days = await by_day(connection, owner, period, MESSAGES)
        hours = await by_hour(connection, owner, period, MESSAGES)
    labels = ("sms", "twilio", "outbound", "sent")
    assert {day: [(one.labels, one.value) for one in found] for day, found in days.items()} == {
        START: [(labels, 24)],
        START + timedelta(days=1): [(labels, 24)],
    }
    assert list(hours) == [START + hour * HOURS for hour in (23, 24, 25)]
    assert all(found[0].value == 1 for found in hours.values())
