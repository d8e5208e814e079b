"""Scanning sms_usage_logs: each row once, late ones included, exact counts and true histograms."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from importlib.resources import files

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from exporter.config import ScanConfig
from exporter.errors import ScanStatus
from exporter.scans.error_text import meaning_of
from exporter.scans.scan import Scan
from exporter.vocabulary import ErrorClass
from tests.conftest import Replica, RunningLedger
from tests.integration.slow_writers import scan_beside_writers
from tests.integration.waiting import until

TABLE = (files("exporter.demo") / "sql" / "create_usage.sql").read_text()
INSERT = """
INSERT INTO sms_usage_logs (user_id, phone_number, message_direction, message_length, message_content, success,
    processing_time_ms, error_message)
VALUES (1, '+12025550101', $1, 20, 'hello', $2, $3, $4)
"""


@pytest.fixture
async def table(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """The table of seed document 000 beside the ledger."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    yield connection
    await connection.close()


def scan_of(one: Replica, dsn: str, **fields: object) -> Scan:
    config = ScanConfig.model_validate({"name": "sms", "profile": "sms_usage_logs", **fields})
    return Scan(config, dsn, one.ledger, one.metrics)


async def messages(one: Replica) -> dict[tuple[str, str], int]:
    """How many messages by direction and status."""
    await one.ledger.catch_up()
    rows = one.totals.rows()["comms_messages_total"]
    return {(key[3], key[4]): int(str(row[0])) for key, row in rows.items()}


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, {"scan": "sms", **labels}) or 0.0


async def test_counts_are_exact_after_one_two_and_three_scans(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    for direction, success in (
        ("inbound", True),
        ("outbound", True),
        ("outbound", True),
        ("outbound", False),
    ):
        await table.execute(INSERT, direction, success, 100, None)
    async with replica() as one:
        for _ in range(3):
            await scan_of(one, dsn).run()
            assert await messages(one) == {
                ("inbound", "received"): 1,
                ("outbound", "sent"): 2,
                ("outbound", "failed"): 1,
            }
        assert sample(one.registry, "comms_scan_rows_total") == 4
        assert sample(one.registry, "comms_scan_runs_total", status="success") == 3
        assert sample(one.registry, "comms_scan_last_success_timestamp_seconds") > 0


async def test_processing_time_is_a_true_histogram_and_null_is_no_time(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    for milliseconds in (50, 51, 3000, 3001, None):
        await table.execute(INSERT, "outbound", True, milliseconds, None)
    async with replica() as one:
        await scan_of(one, dsn).run()
        assert await messages(one) == {("outbound", "sent"): 5}
        (row,) = one.totals.rows()["comms_message_processing_seconds"].values()
    sum_us, *buckets = row
    assert sum_us == 6_102_000
    at_edge = {0: 1, 1: 1, 6: 1, 7: 1}  # 0.05, 0.1, 3 and 5 seconds
    assert buckets == [at_edge.get(place, 0) for place in range(len(buckets))]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Twilio error 21610: recipient unsubscribed", ErrorClass.OPTED_OUT),
        ("HTTP timeout after 10s", ErrorClass.TIMEOUT),
        ("Rate limit exceeded", ErrorClass.RATE_LIMITED),
        ("something nobody foresaw", ErrorClass.OTHER),
        ("", ErrorClass.UNKNOWN),
        (None, ErrorClass.UNKNOWN),
    ],
)
def test_free_text_becomes_one_of_a_closed_list(text: str | None, meaning: ErrorClass) -> None:
    assert meaning_of(text) is meaning


async def test_failures_count_by_what_they_mean(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    await table.execute(INSERT, "outbound", False, 1, "Error 30003: unreachable")
    await table.execute(INSERT, "outbound", False, 1, "what is this")
    async with replica() as one:
        await scan_of(one, dsn).run()
        await one.ledger.catch_up()
        classes = {
            key[-1]: int(str(row[0])) for key, row in one.totals.rows()["comms_message_errors_total"].items()
        }
    assert classes == {"unreachable": 1, "other": 1}


async def test_rows_that_commit_late_are_counted_once(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    slow = await asyncpg.connect(dsn)
    held = slow.transaction()
    await held.start()
    await slow.execute(INSERT, "outbound", True, 10, None)
    await table.execute(INSERT, "inbound", True, 10, None)
    async with replica() as one:
        scan = scan_of(one, dsn)
        await scan.run()
        assert await messages(one) == {("inbound", "received"): 1}
        await held.commit()
        await scan.run()
        await scan.run()
        assert await messages(one) == {("inbound", "received"): 1, ("outbound", "sent"): 1}
        assert sample(one.registry, "comms_scan_late_rows_total") == 1
    await slow.close()


async def test_an_id_rolled_back_is_given_up_after_the_patience(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    await table.execute(INSERT, "inbound", True, 10, None)
    with pytest.raises(asyncpg.NotNullViolationError):
        await table.execute(INSERT, None, True, 10, None)
    await table.execute(INSERT, "inbound", True, 10, None)
    async with replica() as one:
        await scan_of(one, dsn).run()
        assert "[[2,2]]" in (await one.ledger.read_cursor("sms/messages"))[0].replace(" ", "")
        impatient = scan_of(one, dsn, gap_patience_s=0.001)

        # Whatever else runs in PostgreSQL, such as an automatic ANALYZE, is waited for too.
        async def is_given_up() -> bool:
            await impatient.run()
            return '"gaps":[]' in (await one.ledger.read_cursor("sms/messages"))[0].replace(" ", "")

        await until(is_given_up)


@pytest.mark.parametrize("seed", range(3))
async def test_concurrent_writers_holding_transactions_open_lose_no_row(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record], seed: int
) -> None:
    async with replica() as one, replica() as two:
        scans = [scan_of(one, dsn, batch_rows=100), scan_of(two, dsn, batch_rows=100)]
        row = ("outbound", True, 5, None)
        committed = await scan_beside_writers(scans, dsn, INSERT, *row, luck=random.Random(seed))
        await scans[0].run()
        await scans[0].run()
        assert await messages(one) == {("outbound", "sent"): committed}


async def test_what_a_scan_read_and_how_far_it_is_are_stored_together_or_not_at_all(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    for _ in range(5):
        await table.execute(INSERT, "inbound", True, 10, None)
    refuse = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$"
    async with replica() as one:
        await table.execute(refuse)
        await table.execute("CREATE TRIGGER no BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION no()")
        assert await scan_of(one, dsn).run() is ScanStatus.LEDGER
        assert (await one.ledger.read_cursor("sms/messages"))[1] == 0
        await table.execute("DROP TRIGGER no ON events")
        await one.until_ready()
        assert await scan_of(one, dsn).run() is ScanStatus.SUCCESS
        assert await messages(one) == {("inbound", "received"): 5}
        assert sample(one.registry, "comms_scan_rows_total") == 5


async def test_a_missing_table_fails_the_scan_and_nothing_else(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await scan_of(one, dsn).run()
        assert sample(one.registry, "comms_scan_runs_total", status="missing_table") == 1
        assert one.ledger.ready


async def test_a_database_that_hangs_is_given_up_in_time(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with replica() as one, table.transaction():
        await table.execute("LOCK TABLE sms_usage_logs")
        async with asyncio.timeout(60):
            await scan_of(one, dsn, timeout_s=0.3).run()
        failed = sum(
            sample(one.registry, "comms_scan_runs_total", status=word) for word in ("timeout", "error")
        )
    assert failed == 1


async def test_a_table_may_have_another_name(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    await table.execute("CREATE SCHEMA app")
    await table.execute("ALTER TABLE sms_usage_logs SET SCHEMA app")
    await table.execute(INSERT.replace("sms_usage_logs", "app.sms_usage_logs"), "inbound", True, 1, None)
    async with replica() as one:
        await scan_of(one, dsn, tables={"sms_usage_logs": "app.sms_usage_logs"}).run()
        assert await messages(one) == {("inbound", "received"): 1}


async def test_neither_number_nor_text_of_a_message_is_read(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record]
) -> None:
    await table.execute(INSERT, "inbound", True, 1, None)
    async with replica() as one:
        await scan_of(one, dsn).run()
    (row,) = await table.fetch("SELECT data, raw FROM events")
    assert b"2025550101" not in row["data"] + row["raw"]
    assert b"hello" not in row["data"] + row["raw"]


@pytest.mark.parametrize("created_at", ["infinity", "-infinity", "0001-01-01"])
async def test_an_absurd_time_neither_stops_the_scan_nor_is_lost(
    replica: RunningLedger, dsn: str, table: asyncpg.Connection[asyncpg.Record], created_at: str
) -> None:
    await table.execute(INSERT, "inbound", True, 1, None)
    await table.execute(INSERT, "outbound", True, 1, None)
    await table.execute("UPDATE sms_usage_logs SET created_at = $1::text::timestamp WHERE id = 1", created_at)
    async with replica() as one:
        await scan_of(one, dsn).run()
        counted = await messages(one)
    assert counted[("outbound", "sent")] == 1
    kept = await table.fetchval("SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM parked_events)")
    assert kept == 2
