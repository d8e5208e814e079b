"""The second wall: a reader sees the rows of its tenant, whatever the query says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from exporter.errors import LedgerUnavailable
from exporter.ledger.reader import Reader
from tests.conftest import RunningLedger, step

TABLES = ("events", "messages", "rollup_hour", "rollup_day")


@pytest.fixture
async def reader(dsn: str) -> AsyncIterator[Reader]:
    async with Reader(dsn, size=2, statement_s=2, wait_s=0.2).open() as opened:
        yield opened


async def tenants(reader: Reader, tenant: str | None, table: str) -> set[str]:
    async with reader.of(tenant) as connection:
        rows = await connection.fetch(f"SELECT DISTINCT tenant FROM {table} WHERE tenant <> ''")  # noqa: S608
    return {row[0] for row in rows}


@pytest.fixture(autouse=True)
async def _two_tenants(replica: RunningLedger) -> None:
    async with replica() as one:
        now = datetime.now(UTC)
        await one.ledger.append([step("SM1", at=now, tenant="acme"), step("SM2", at=now, tenant="globex")])
        await one.ledger.roll_up()


@pytest.mark.parametrize("table", TABLES)
async def test_a_tenant_sees_its_own_rows_only(reader: Reader, table: str) -> None:
    assert await tenants(reader, "acme", table) == {"acme"}
    assert await tenants(reader, "nobody", table) == set()


@pytest.mark.parametrize("table", TABLES)
async def test_who_may_read_all_sees_all(reader: Reader, table: str) -> None:
    assert await tenants(reader, None, table) == {"acme", "globex"}


@pytest.mark.parametrize("name", ["", "*", "on", "a' OR '1'='1", "acme\\", "%"])
async def test_no_name_of_a_tenant_opens_the_wall_by_its_letters(reader: Reader, name: str) -> None:
    assert await tenants(reader, name, "messages") == set()


async def test_the_wall_ends_with_the_block(reader: Reader) -> None:
    await tenants(reader, "acme", "messages")
    async with reader.of("globex") as connection:
        assert await connection.fetchval("SELECT current_setting('comms.tenant')") == "globex"
        assert await connection.fetchval("SELECT current_user") == "comms_reader"


async def test_nobody_writes_through_a_reader(reader: Reader) -> None:
    with pytest.raises(LedgerUnavailable):
        async with reader.of("acme") as connection:
            await connection.execute("DELETE FROM messages")


async def test_secrets_of_the_ledger_are_not_for_readers(reader: Reader) -> None:
    for table in ("parked_events", "event_keys", "bills"):
        with pytest.raises(LedgerUnavailable, match="permission denied"):
            async with reader.of(None) as connection:
                await connection.fetch(f"SELECT * FROM {table}")  # noqa: S608


async def test_one_too_many_is_told_to_come_back(reader: Reader) -> None:
    async with reader.of("acme"), reader.of("acme"):
        with pytest.raises(LedgerUnavailable):
            async with reader.of("acme"):
                pass


async def test_a_query_that_takes_too_long_is_ended(dsn: str) -> None:
    async with Reader(dsn, size=1, statement_s=0.2).open() as reader:
        with pytest.raises(LedgerUnavailable, match="timeout"):
            async with reader.of(None) as connection:
                await connection.fetch("SELECT pg_sleep(5)")
