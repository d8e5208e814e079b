"""Retention: old days go, and what was counted stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from exporter.config import Config, RetentionConfig
from tests.conftest import Replica, RunningLedger, step


async def partitions(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        found = await connection.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'events'::regclass"
        )
        return sorted(row["name"] for row in found)
    finally:
        await connection.close()


async def age(dsn: str, days: int) -> None:
    """Make everything stored so far `days` older, as if the clock had moved on."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "SELECT ensure_partitions((now() AT TIME ZONE 'UTC')::date - $1::int, 2)", days
        )
        await connection.execute(
            "UPDATE events SET received_at = received_at - make_interval(days => $1)", days
        )
        await connection.execute("UPDATE event_keys SET received_on = received_on - $1::int", days)
        await connection.execute(
            "UPDATE messages SET first_at = first_at - make_interval(days => $1),"
            " updated_at = updated_at - make_interval(days => $1)",
            days,
        )
        await connection.execute(
            "UPDATE parked_events SET received_at = received_at - make_interval(days => $1)", days
        )
    finally:
        await connection.close()


async def counted(one: Replica) -> int:
    await one.ledger.catch_up()
    return len(one.totals.rows()["comms_messages_total"])


async def test_partitions_exist_ahead_of_time(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.keep()
    today = datetime.now(UTC).date()
    wanted = {f"events_{today + timedelta(days=n):%Y%m%d}" for n in range(-1, 4)}
    assert wanted <= set(await partitions(dsn))


async def test_old_days_are_dropped_and_totals_stay(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1"), step("SM2", "delivered")])
        before = await counted(one)
        await one.ledger.write_checkpoint()
        await age(dsn, 91)
        assert await one.ledger.keep() >= 1
        assert await counted(one) == before
    async with replica() as again:
        assert await counted(again) == before
        assert again.totals == one.totals


async def test_days_the_checkpoint_has_not_behind_it_are_kept(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1")])
        await age(dsn, 91)
        await one.ledger.keep()
        day = datetime.now(UTC).date() - timedelta(days=91)
        assert f"events_{day:%Y%m%d}" in await partitions(dsn)


@pytest.mark.parametrize(("days", "left"), [(364, 1), (367, 0)])
async def test_keys_and_messages_outlive_events_by_their_own_limit(
    replica: RunningLedger, dsn: str, days: int, left: int
) -> None:
    async with replica(Config(retention=RetentionConfig(messages_days=365))) as one:
        await one.ledger.append([step("SM1", key="k", at=datetime.now(UTC))])
        await age(dsn, days)
        await one.ledger.keep()
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT count(*) FROM event_keys") == left
    assert await connection.fetchval("SELECT count(*) FROM messages") == left
    await connection.close()


async def test_an_append_after_midnight_makes_its_own_partition(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        connection = await asyncpg.connect(dsn)
        for name in await partitions(dsn):
            await connection.execute(f"DROP TABLE {name}")
        await connection.close()
        (answer,) = await one.ledger.append([step("SM1")])
        assert answer is not None
        assert await counted(one) == 1
