"""Rollups in the ledger: each event once, in its own day, whatever dies or overtakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from exporter.config import Config, RetentionConfig
from exporter.errors import LedgerUnavailable
from exporter.ledger import rollups
from tests.conftest import Replica, RunningLedger, step

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
_DAYS = """
SELECT begins, sum(value) FROM rollup_day
WHERE scope = $1 AND family = 'comms_messages_total' GROUP BY begins ORDER BY begins
"""


async def days(dsn: str, scope: int = 1) -> dict[datetime, Decimal]:
    connection = await asyncpg.connect(dsn)
    try:
        return {row[0]: row[1] for row in await connection.fetch(_DAYS, scope)}
    finally:
        await connection.close()


async def counted(one: Replica) -> int:
    await one.ledger.catch_up()
    return sum(row[0] for row in one.totals.rows()["comms_messages_total"].values())


async def test_what_was_appended_is_rolled_up_once(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1", at=TODAY), step("SM2", at=TODAY), step("SM1", at=TODAY)])
        assert await one.ledger.roll_up() == 2
        assert await one.ledger.roll_up() == 0
    assert await days(dsn) == {TODAY: 2}


async def test_a_ledger_of_many_pages_adds_up_to_the_totals(
    replica: RunningLedger, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "_PAGE_EVENTS", 7)
    async with replica() as one:
        for number in range(30):
            await one.ledger.append([step(f"SM{number}", at=TODAY - timedelta(days=number % 4))])
        assert await one.ledger.roll_up() == 30
        assert sum((await days(dsn)).values()) == await counted(one)
    assert len(await days(dsn)) == 4


async def test_a_late_event_lands_in_its_own_day(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1", at=TODAY)])
        await one.ledger.roll_up()
        await one.ledger.append([step("SM1", "delivered", at=TODAY - timedelta(days=8))])
        await one.ledger.roll_up()
    assert await days(dsn) == {TODAY - timedelta(days=8): 1, TODAY: 1}


async def test_two_replicas_roll_up_one_ledger_once(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one, replica() as other:
        await one.ledger.append([step("SM1", at=TODAY)])
        assert await one.ledger.roll_up() == 1
        assert await other.ledger.roll_up() == 0
        await other.ledger.append([step("SM2", at=TODAY)])
        assert await other.ledger.roll_up() == 1
        assert await one.ledger.roll_up() == 0
    assert await days(dsn) == {TODAY: 2}


async def test_a_page_that_another_replica_has_taken_is_not_added_again(
    replica: RunningLedger, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read the same place; the second finds that it moved."""
    async with replica() as one, replica() as other:
        await one.ledger.append([step("SM1", at=TODAY)])
        stale = await one.ledger.rolled_up()
        await other.ledger.roll_up()

        async def as_it_was(pool: Any) -> rollups.RolledUp:
            return stale

        monkeypatch.setattr(rollups, "rolled_up", as_it_was)
        with pytest.raises(LedgerUnavailable, match="another replica"):
            await one.ledger.roll_up()
    assert await days(dsn) == {TODAY: 1}


async def test_what_fails_in_the_middle_of_a_page_leaves_nothing(replica: RunningLedger, dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    async with replica() as one:
        await one.ledger.append([step("SM1", at=TODAY)])
        await connection.execute("ALTER TABLE rollup_day ADD CONSTRAINT full_disk CHECK (value > 1)")
        with pytest.raises(asyncpg.CheckViolationError):
            await one.ledger.roll_up()
        assert await connection.fetchval("SELECT count(*) FROM rollup_hour") == 0
        await connection.execute("ALTER TABLE rollup_day DROP CONSTRAINT full_disk")
        assert await one.ledger.roll_up() == 1
    await connection.close()
    assert await days(dsn) == {TODAY: 1}


async def test_a_step_counts_for_the_user_that_another_step_named(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1", at=TODAY)])
        await one.ledger.append([step("SM1", "delivered", user="42", at=TODAY)])
        await one.ledger.roll_up()
    assert await days(dsn, scope=2) == {TODAY: 2}


async def test_sums_past_keeping_are_left_out_and_dropped(replica: RunningLedger, dsn: str) -> None:
    config = Config(retention=RetentionConfig(hours_days=90, days_days=366))
    old, older = TODAY - timedelta(days=150), TODAY - timedelta(days=500)
    async with replica(config) as one:
        await one.ledger.append([step("SM1", at=TODAY), step("SM2", at=old), step("SM3", at=older)])
        await one.ledger.roll_up()
        assert set(await days(dsn)) == {old, TODAY}
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("SELECT count(DISTINCT begins) FROM rollup_hour") == 1
        await connection.execute(
            "SELECT ensure_rollup_partitions('rollup_day', ARRAY[$1::date])", older.date()
        )
        await one.ledger.keep()
        gone = f"rollup_day_{older:%Y%m}"
        assert await connection.fetchval("SELECT to_regclass($1)", gone) is None
        await connection.close()
        assert set(await days(dsn)) == {old, TODAY}
        assert await counted(one) == 3


async def test_events_are_kept_until_they_are_rolled_up(replica: RunningLedger, dsn: str) -> None:
    """`keep` brings the sums up to date before it drops anything."""
    async with replica() as one:
        await one.ledger.append([step("SM1", at=TODAY)])
        await one.ledger.catch_up()
        await one.ledger.write_checkpoint()
        await one.ledger.keep()
    assert await days(dsn) == {TODAY: 1}
