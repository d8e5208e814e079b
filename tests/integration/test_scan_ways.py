"""Tables of every kind are read exactly: by key and by time, growing and changing, counted here and there."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import pytest

from exporter.config import ScanConfig
from exporter.errors import ScanStatus
from exporter.scans.scan import Scan
from tests.conftest import Replica, RunningLedger
from tests.integration.slow_writers import scan_beside_writers

SHOP = """
CREATE TYPE state AS ENUM ('queued', 'sent', 'delivered', 'failed');
CREATE TABLE texts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), number serial, tenant integer, state state NOT NULL DEFAULT 'sent',
    took_ms double precision, cost numeric, meta jsonb, created_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz, updated_at timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);
CREATE INDEX ON texts (updated_at, id);
"""
FACTS: list[dict[str, Any]] = [
    {"fact": "sent", "kind": "message", "set": {"status": "sent"}},
    {
        "fact": "delivered",
        "kind": "message",
        "present": ["delivered_at"],
        "at": "delivered_at",
        "set": {"status": "delivered"},
    },
]
TEXTS: dict[str, Any] = {
    "name": "texts",
    "table": "texts",
    "key": "id",
    "time": "created_at",
    "set": {"channel": "sms", "provider": "acme", "direction": "outbound"},
    "facts": FACTS,
}


@pytest.fixture
async def shop(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """An application's database beside the ledger."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(SHOP)
    yield connection
    await connection.close()


def scan_of(one: Replica, dsn: str, table: Mapping[str, Any], **fields: Any) -> Scan:
    definition = {"about": "A shop.", "tables": [table]}
    config = ScanConfig.model_validate({"name": "shop", "definition": definition, **fields})
    return Scan(config, dsn, one.ledger, one.metrics)


async def counted(one: Replica, family: str = "comms_messages_total") -> dict[str, int]:
    """What a family counts by its last label."""
    await one.ledger.catch_up()
    counts: dict[str, int] = {}
    for key, row in one.totals.rows()[family].items():
        counts[str(key[-1])] = counts.get(str(key[-1]), 0) + int(row[0])
    return counts


CHANGING = [
    pytest.param({**TEXTS, "changed": "updated_at"}, id="by the time of the change"),
    pytest.param({**TEXTS, "final": {"present": ["delivered_at"]}}, id="until final, by a text key"),
    pytest.param(
        {**TEXTS, "key": "number", "final": {"present": ["delivered_at"]}}, id="until final, by a number"
    ),
]


@pytest.mark.parametrize("table", CHANGING)
async def test_a_row_that_changes_gives_each_fact_once(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record], table: dict[str, Any]
) -> None:
    await shop.execute("INSERT INTO texts (took_ms) SELECT n FROM generate_series(1, 250) n")
    async with replica() as one:
        scan = scan_of(one, dsn, table, batch_rows=100)
        assert await scan.run() is ScanStatus.SUCCESS
        assert await counted(one) == {"sent": 250}
        change = "UPDATE texts SET delivered_at = now(), updated_at = clock_timestamp() AT TIME ZONE 'UTC'"
        await shop.execute(f"{change} WHERE number <= 40")
        await shop.execute("DELETE FROM texts WHERE number BETWEEN 30 AND 50")
        for _ in range(3):
            assert await scan.run() is ScanStatus.SUCCESS
            assert await counted(one) == {"sent": 250, "delivered": 29}
        await shop.execute("INSERT INTO texts (delivered_at) VALUES (now())")
        await scan.run()
        assert await counted(one) == {"sent": 251, "delivered": 30}


async def test_open_rows_are_forgotten_once_they_are_final_or_gone(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute("INSERT INTO texts (took_ms) SELECT n FROM generate_series(1, 4) n")
    await shop.execute("UPDATE texts SET created_at = now() - interval '9 days' WHERE number = 4")
    async with replica() as one:
        scan = scan_of(one, dsn, {**TEXTS, "final": {"present": ["delivered_at"]}})
        await scan.run()
        assert await shop.fetchval("SELECT count(*) FROM scan_open_rows") == 3
        await shop.execute("UPDATE texts SET delivered_at = now() WHERE number = 1")
        await shop.execute("DELETE FROM texts WHERE number = 2")
        await scan.run()
        assert await shop.fetchval("SELECT count(*) FROM scan_open_rows") == 1


@pytest.mark.parametrize("seed", range(2))
async def test_writers_that_hold_transactions_open_lose_no_row_of_a_table_read_by_time(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record], seed: int
) -> None:
    table, insert = {**TEXTS, "late_s": 0.001}, "INSERT INTO texts (took_ms) VALUES (1)"
    async with replica() as one, replica() as two:
        scans = [scan_of(one, dsn, table, batch_rows=100), scan_of(two, dsn, table, batch_rows=100)]
        committed = await scan_beside_writers(scans, dsn, insert, luck=random.Random(seed))
        await scans[0].run()
        assert await counted(one) == {"sent": committed}
        marks = await shop.fetchval("SELECT jsonb_array_length(state -> 'marks') FROM scan_cursors")
        assert marks <= 2


async def test_a_pass_that_is_cut_short_goes_on_where_it_stopped(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute("INSERT INTO texts (took_ms) SELECT n FROM generate_series(1, 350) n")
    async with replica() as one:

        def stop(table: str, done_ratio: float | None, rows: int) -> None:
            raise KeyboardInterrupt

        cut = scan_of(one, dsn, TEXTS, batch_rows=100)
        cut._progress = stop
        with pytest.raises(KeyboardInterrupt):
            await cut.run()
        assert await counted(one) == {"sent": 100}
        await scan_of(one, dsn, TEXTS, batch_rows=100).run()
        assert await counted(one) == {"sent": 350}


SUMMED: dict[str, Any] = {
    "name": "texts",
    "table": "texts",
    "key": "number",
    "time": "created_at",
    "unless": {"state": "queued"},
    "set": {"channel": "sms", "provider": "acme", "direction": "outbound"},
    "fields": {
        "tenant": "tenant",
        "processing_seconds": {"column": "took_ms", "unit": "ms"},
        "cost_usd": {"column": "cost", "unit": "cents"},
        "status": {"column": "state", "map": {"failed": "failed"}, "default": "sent"},
        "country": "meta.country",
    },
    "facts": [
        {"fact": "said", "kind": "message"},
        {
            "fact": "seen",
            "kind": "engagement",
            "present": ["delivered_at"],
            "set": {"action": "open"},
        },
    ],
}
MANY = """
INSERT INTO texts (tenant, state, took_ms, cost, meta, created_at, delivered_at)
SELECT n % 3, (ARRAY['queued', 'sent', 'delivered', 'failed'])[n % 4 + 1]::state,
    (ARRAY[0, 50, 50.0001, 3000, 70000, -1, 'NaN', 'Infinity', NULL, 12.3456785])[n % 10 + 1],
    (ARRAY[0, 0.79, 1e-13, -1, NULL, 'NaN', 123456.789])[n % 7 + 1],
    CASE n % 5 WHEN 0 THEN '{"country": "US"}' WHEN 1 THEN '{"country": {"code": "US"}}' WHEN 2 THEN '[]' END::jsonb,
    now() - n * interval '7 minutes', CASE WHEN n % 6 = 0 THEN now() END
FROM generate_series(1, 700) n
"""


async def test_rows_counted_in_the_database_come_to_the_same_as_rows_read_one_by_one(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute(MANY)
    await shop.execute("UPDATE texts SET created_at = 'infinity' WHERE number = 9")
    await shop.execute("DELETE FROM texts WHERE number % 50 = 3")
    pages = []
    for aggregate in (False, True):
        async with replica() as one:
            scan = scan_of(one, dsn, {**SUMMED, "aggregate": aggregate})
            assert await scan.run() is ScanStatus.SUCCESS
            await one.ledger.catch_up()
            pages.append((one.totals.rows(), one.totals.cost_days()))
            parked = await shop.fetchval("SELECT count(*) FROM parked_events")
            assert parked == 1
        await shop.execute("TRUNCATE events, event_keys, scan_cursors, checkpoints, parked_events")
    for family, rows in pages[0][0].items():
        assert pages[1][0][family] == rows, family
    assert pages[1] == pages[0]
    assert sum(row[0] for row in pages[0][0]["comms_messages_total"].values()) > 400


async def test_a_row_may_stand_for_many_events(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute(
        "INSERT INTO texts (tenant, took_ms, cost) VALUES (17, 250, 3.4), (0, 1, 1), (NULL, 1, 1)"
    )
    many = {
        **TEXTS,
        "fields": {
            "processing_seconds": {"column": "took_ms", "unit": "ms"},
            "cost_usd": "cost",
        },
        "facts": [{**FACTS[0], "count": "tenant"}],
    }
    async with replica() as one:
        for _ in range(2):
            await scan_of(one, dsn, many).run()
            assert await counted(one) == {"sent": 17}
        rows = one.totals.rows()
        (times,) = rows["comms_message_processing_seconds"].values()
        assert times[0] == 17 * 250_000
        assert [str(row[0]) for row in rows["comms_cost_usd_total"].values()] == ["3.4"]


async def test_rows_are_left_alone_until_they_are_old_enough(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    await shop.execute(
        "INSERT INTO texts (created_at) SELECT now() - n * interval '1 hour' FROM generate_series(0, 5) n"
    )
    async with replica() as one:
        scan = scan_of(one, dsn, {**TEXTS, "after_s": "150m", "late_s": "2h"})
        await scan.run()
        assert await counted(one) == {"sent": 3}
        await shop.execute("UPDATE texts SET created_at = created_at - interval '1 hour'")
        await scan.run()
        assert await counted(one) == {"sent": 4}
