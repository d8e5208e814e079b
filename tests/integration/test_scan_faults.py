"""What is wrong with a scanned database fails its scan, with a reason, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from time import time
from typing import Any

import asyncpg
import pytest

from exporter.config import ScanConfig
from exporter.errors import ScanStatus
from exporter.scans.fit import fit, grants
from exporter.scans.published import Published
from exporter.scans.scan import Scan
from tests.conftest import RunningLedger, Server
from tests.integration.test_scan_ways import SHOP, TEXTS, counted, scan_of

OPEN_TEXTS = {
    "name": "open",
    "gauge": "active_conversations",
    "table": "texts",
    "match": {"state": ["queued", "sent"]},
    "labels": {"tenant": "tenant"},
}


@pytest.fixture
async def shop(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(dsn)
    await connection.execute(SHOP)
    yield connection
    await connection.close()


def definition(**parts: Any) -> ScanConfig:
    return ScanConfig.model_validate({"name": "shop", "definition": {"about": "A shop.", **parts}})


@pytest.mark.parametrize(
    ("table", "status"),
    [
        ({"table": "nowhere"}, ScanStatus.MISSING_TABLE),
        ({"table": "no_schema.texts"}, ScanStatus.MISSING_TABLE),
        ({"time": "sent_at"}, ScanStatus.MISSING_COLUMN),
        ({"time": "state"}, ScanStatus.WRONG_TYPE),
        ({"time": "meta"}, ScanStatus.WRONG_TYPE),
        ({"fields": {"country": "cost.country"}}, ScanStatus.WRONG_TYPE),
        ({"table": None, "query": "SELECT broken FROM FROM"}, ScanStatus.BAD_QUERY),
        (
            {"table": None, "query": "SELECT *, 1 / 0 AS nothing FROM texts WHERE 1 / (number - number) = 1"},
            ScanStatus.WRONG_TYPE,
        ),
        ({"table": None, "query": "SELECT *, pg_sleep(9)::text FROM texts"}, ScanStatus.TIMEOUT),
    ],
)
async def test_a_table_that_does_not_fit_fails_the_scan_with_its_reason(
    replica: RunningLedger,
    dsn: str,
    shop: asyncpg.Connection[asyncpg.Record],
    table: dict[str, Any],
    status: ScanStatus,
) -> None:
    await shop.execute("INSERT INTO texts DEFAULT VALUES")
    async with replica() as one:
        assert await scan_of(one, dsn, {**TEXTS, **table}, timeout_s=0.5).run() is status
        labels = {"scan": "shop", "status": status.value}
        assert one.registry.get_sample_value("comms_scan_runs_total", labels) == 1
        assert (
            one.registry.get_sample_value("comms_scan_last_success_timestamp_seconds", {"scan": "shop"}) == 0
        )
        assert one.ledger.ready


async def test_a_table_that_cannot_be_read_does_not_keep_the_others_from_it(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute("INSERT INTO texts DEFAULT VALUES")
    config = definition(tables=[{**TEXTS, "table": "nowhere", "name": "gone"}, TEXTS])
    async with replica() as one:
        assert await Scan(config, dsn, one.ledger, one.metrics).run() is ScanStatus.MISSING_TABLE
        assert await counted(one) == {"sent": 1}


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("postgresql://reader:hunter2@/{database}?host={host}", ScanStatus.AUTHENTICATION),
        ("postgresql://reader:hunter2@127.0.0.1:1/app", ScanStatus.UNREACHABLE),
        ("postgresql://reader:hunter2@no-such-host.invalid/app", ScanStatus.UNREACHABLE),
        ("postgresql://reader:hunter2@127.0.0.1:port/app", ScanStatus.WRONG_TYPE),
    ],
)
async def test_no_failure_tells_the_password(
    replica: RunningLedger, dsn: str, caplog: pytest.LogCaptureFixture, url: str, status: ScanStatus
) -> None:
    database, host = dsn.partition("@/")[2].split("?host=")
    caplog.set_level(logging.DEBUG)
    async with replica() as one:
        wrong = url.format(database=database, host=host)
        assert await scan_of(one, wrong, TEXTS).run() is status
    assert "hunter2" not in caplog.text


async def test_a_role_needs_no_more_than_the_grants_that_are_named(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record], server: Server
) -> None:
    role = "reader_" + dsn.partition("@/")[2].partition("?")[0]
    await shop.execute(f"CREATE ROLE {role} LOGIN")
    await shop.execute("INSERT INTO texts DEFAULT VALUES")
    as_reader = dsn.replace("postgres@", f"{role}@")
    config = definition(tables=[TEXTS])
    async with replica() as one:
        scan = Scan(config, as_reader, one.ledger, one.metrics)
        assert await scan.run() is ScanStatus.PERMISSION
        for grant in grants(config):
            await shop.execute(grant.replace("comms_reader", role))
        assert await scan.run() is ScanStatus.SUCCESS
        assert await counted(one) == {"sent": 1}
    await shop.execute(f"DROP OWNED BY {role}")
    await shop.execute(f"DROP ROLE {role}")


async def test_null_and_garbage_in_every_column_stop_no_row(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute(
        "CREATE TABLE notes (id bigint PRIMARY KEY, who text, amount text, at timestamp);"
        "INSERT INTO notes VALUES (1, NULL, NULL, NULL), (2, repeat('x', 9999), '1e999', '-infinity'),"
        "(3, 'acme', '12,5', now()), (4, '', 'NaN', now()), (-5, 'negative', '1', now()), (6, 'acme', '2.50', now())"
    )
    notes = {
        "name": "notes",
        "table": "notes",
        "key": "id",
        "time": "at",
        "fields": {"tenant": "who", "amount": "amount"},
        "facts": [{"fact": "paid", "kind": "payment", "set": {"state": "succeeded"}}],
    }
    for aggregate in (False, True):
        await shop.execute("TRUNCATE events, event_keys, scan_cursors, checkpoints, parked_events")
        async with replica() as one:
            scan = scan_of(one, dsn, {**notes, "aggregate": aggregate})
            assert await scan.run() is ScanStatus.SUCCESS
            assert await counted(one, "comms_payments_total") == {"succeeded": 3}
            amounts = one.totals.rows()["comms_payment_amount_total"]
            assert {key[0]: row[0] for key, row in amounts.items()} == {"acme": Decimal("2.5")}
            assert await shop.fetchval("SELECT count(*) FROM parked_events") == 2
        await shop.execute("TRUNCATE checkpoints")


async def test_a_gauge_shows_the_state_and_not_what_was(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute(
        "INSERT INTO texts (tenant, state) VALUES (1, 'sent'), (1, 'queued'), (2, 'sent'), (3, 'failed')"
    )
    config = definition(gauges=[OPEN_TEXTS]).model_copy(update={"tenants": {"1": "acme"}})
    async with replica() as one:
        published = Published(one.metrics)
        scan = Scan(config, dsn, one.ledger, one.metrics, published)

        def shown(tenant: str) -> float | None:
            labels = {"scan": "shop", "tenant": tenant}
            return one.registry.get_sample_value("comms_scanned_active_conversations", labels)

        assert await scan.run() is ScanStatus.SUCCESS
        assert (shown("acme"), shown("2"), shown("3")) == (2, 1, None)
        await shop.execute("UPDATE texts SET state = 'failed' WHERE tenant = 2")
        await scan.run()
        assert (shown("acme"), shown("2")) == (2, None)
        published.expire(time() + 60, leads=True)
        assert shown("acme") == 2
        published.expire(time() + 120, leads=True)
        assert shown("acme") is None
        await scan.run()
        published.expire(time(), leads=False)
        assert shown("acme") is None


async def test_a_gauge_with_too_many_rows_fails_and_the_tables_are_read(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute("INSERT INTO texts (tenant) SELECT n FROM generate_series(1, 50) n")
    config = definition(tables=[TEXTS], gauges=[{**OPEN_TEXTS, "max_rows": 49}])
    async with replica() as one:
        assert await Scan(config, dsn, one.ledger, one.metrics).run() is ScanStatus.TOO_MANY_ROWS
        assert await counted(one) == {"sent": 50}


async def test_scans_of_one_database_take_turns(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute("INSERT INTO texts (tenant) SELECT n FROM generate_series(1, 3000) n")
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'comms-exporter scan'"
            most = max(most, await shop.fetchval(f"{asked} AND datname = current_database()"))
            await asyncio.sleep(0)

    async with replica() as one:
        turn = asyncio.Lock()
        names = ("a", "b", "c")
        configs = [definition(tables=[TEXTS]).model_copy(update={"name": name}) for name in names]
        scans = [Scan(config, dsn, one.ledger, one.metrics, turn=turn) for config in configs]
        watching = asyncio.create_task(watch())
        await asyncio.gather(*(scan.run() for scan in scans))
        watching.cancel()
    assert most == 1


async def test_a_check_names_what_does_not_fit_and_the_index_that_is_missing(
    dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    wrong = await fit(
        definition(tables=[{**TEXTS, "time": "state"}, {**TEXTS, "name": "gone", "table": "x"}]), dsn
    )
    assert [problem.path for problem in wrong.problems] == ["shop/texts", "shop/gone"]
    slow = await fit(definition(tables=[TEXTS]), dsn)
    assert slow.problems == []
    (warning,) = slow.warnings
    await shop.execute(warning.partition(": ")[2].replace("CONCURRENTLY ", ""))
    assert await fit(definition(tables=[TEXTS, {**TEXTS, "name": "b", "changed": "updated_at"}]), dsn) == (
        [],
        [],
    )
    away = await fit(definition(tables=[TEXTS]), "postgresql://reader:hunter2@127.0.0.1:1/app")
    assert away.problems == []
    assert "hunter2" not in away.warnings[0]
