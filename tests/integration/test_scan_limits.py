"""What a scan keeps is bounded: what it lets go is counted, and too much for one page is read in smaller ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from exporter.config import ScanConfig
from exporter.errors import ScanStatus
from exporter.scans import by_id, counted_page, cursor, scan
from exporter.scans.scan import Scan
from tests.conftest import Replica, RunningLedger

TABLE = """
CREATE TABLE texts (
    id bigserial PRIMARY KEY, state text DEFAULT 'sent', said text, read_at timestamptz,
    created_at timestamptz DEFAULT now()
)
"""
TEXTS: dict[str, Any] = {
    "name": "texts",
    "table": "texts",
    "key": "id",
    "time": "created_at",
    "set": {"channel": "sms", "provider": "acme", "direction": "outbound"},
    "fields": {"status": "state"},
    "facts": [{"fact": "sent", "kind": "message"}],
}


@pytest.fixture
async def texts(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """An application's table beside the ledger."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    yield connection
    await connection.close()


def scan_of(one: Replica, dsn: str, **fields: Any) -> Scan:
    definition = {"about": "Texts.", "tables": [{**TEXTS, **fields}]}
    config = ScanConfig.model_validate({"name": "texts", "definition": definition, "batch_rows": 100})
    return Scan(config, dsn, one.ledger, one.metrics)


async def messages(one: Replica) -> int:
    await one.ledger.catch_up()
    return sum(int(str(row[0])) for row in one.totals.rows()["comms_messages_total"].values())


def given_up(one: Replica, what: str) -> float | None:
    return one.registry.get_sample_value("comms_scan_given_up_total", {"scan": "texts", "what": what})


async def test_what_may_be_let_go_is_zero_from_the_start(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        scan_of(one, dsn)
        assert [given_up(one, what) for what in ("missing_ids", "open_rows", "untimed_rows")] == [0, 0, 0]


async def test_rows_without_a_time_beyond_a_batch_are_counted_as_given_up(
    replica: RunningLedger, dsn: str, texts: asyncpg.Connection[asyncpg.Record]
) -> None:
    await texts.execute(
        "INSERT INTO texts (created_at) SELECT CASE WHEN n % 2 = 0 THEN 'infinity'::timestamptz ELSE now() END"
        " FROM generate_series(1, 500) n"
    )
    async with replica() as one:
        assert await scan_of(one, dsn, aggregate=True).run() is ScanStatus.SUCCESS
        assert await messages(one) == 250
        assert given_up(one, "untimed_rows") == 150
    assert await texts.fetchval("SELECT count(*) FROM parked_events") == 100


@pytest.mark.parametrize("aggregate", [False, True])
async def test_missing_ids_beyond_the_limit_are_counted_as_given_up(
    replica: RunningLedger,
    dsn: str,
    texts: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
    aggregate: bool,
) -> None:
    for module in (by_id, cursor):
        monkeypatch.setattr(module, "MAX_GAPS", 10)
    await texts.execute("INSERT INTO texts (id) SELECT n * 2 FROM generate_series(1, 30) n")
    slow = await asyncpg.connect(dsn)
    async with slow.transaction(), replica() as one:
        await slow.execute("INSERT INTO texts (id) VALUES (61)")
        await scan_of(one, dsn, aggregate=aggregate).run()
        assert await messages(one) == 30
        assert (given_up(one, "missing_ids") or 0) >= 1
        assert len(cursor.from_json((await one.ledger.read_cursor("texts/texts"))[0]).gaps) == 10
    await slow.close()


async def test_open_rows_beyond_the_limit_are_let_go_the_oldest_first(
    replica: RunningLedger,
    dsn: str,
    texts: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scan, "MAX_OPEN_ROWS", 40)
    await texts.execute(
        "INSERT INTO texts (created_at) SELECT now() - n * interval '1 minute' FROM generate_series(1, 250) n"
    )
    async with replica() as one:
        read = scan_of(one, dsn, final={"present": ["read_at"]})
        for let_go in (0, 210, 210):
            assert await read.run() is ScanStatus.SUCCESS
            assert given_up(one, "open_rows") == let_go
            assert await messages(one) == 250
    kept = await texts.fetch("SELECT key FROM scan_open_rows")
    assert {record["key"] for record in kept} == {f'["{number}"]' for number in range(1, 41)}


async def test_a_page_of_too_many_groups_is_counted_in_smaller_ones(
    replica: RunningLedger,
    dsn: str,
    texts: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counted_page, "MOST_GROUPS", 20)
    await texts.execute("INSERT INTO texts (said) SELECT 'error ' || n FROM generate_series(1, 300) n")
    await texts.execute("DELETE FROM texts WHERE id BETWEEN 40 AND 139")
    fields = {
        "status": {"column": "said", "default": "failed", "map": {}},
        "error_class": {"column": "said", "reads": "error_text"},
    }
    steps: list[int] = []
    async with replica() as one:
        read = scan_of(one, dsn, aggregate=True, fields=fields)
        read._progress = lambda table, done_ratio, rows: steps.append(rows)
        assert await read.run() is ScanStatus.SUCCESS
        assert await messages(one) == 200
    assert sum(steps) == 200
    assert max(steps) <= 20


async def test_a_group_that_cannot_be_an_event_is_parked_with_how_many_rows_it_is(
    replica: RunningLedger, dsn: str, texts: asyncpg.Connection[asyncpg.Record]
) -> None:
    await texts.execute("INSERT INTO texts (state) SELECT 'lost' FROM generate_series(1, 70)")
    await texts.execute("INSERT INTO texts DEFAULT VALUES")
    fields = {"status": {"column": "state", "map": {"sent": "sent"}}}
    async with replica() as one:
        assert await scan_of(one, dsn, aggregate=True, fields=fields).run() is ScanStatus.SUCCESS
        assert await messages(one) == 1
    (parked,) = await texts.fetch("SELECT * FROM parked_events")
    assert parked["detail"].endswith("(70 rows)")
    assert b'"rows":70' in parked["raw"]
