"""Scans of a warehouse: the same profiles come to the same numbers, and each row counts once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import RunningLedger
from tests.integration.fake_bigquery import Failure
from tests.integration.golden import expected, moved, sql
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until
from tests.integration.warehouse import PROFILE, TABLE, Source, call, calls, sample, scan_of


async def looked(app: RunningApp, times: int = 1) -> None:
    """Come back when the scan has succeeded so many times more."""
    succeeded = await app.sample("comms_scan_runs_total", scan="whatsapp_crm", status="success") or 0

    async def has_succeeded() -> bool:
        runs = await app.sample("comms_scan_runs_total", scan="whatsapp_crm", status="success") or 0
        return runs >= succeeded + times

    await until(has_succeeded)


async def test_the_profile_of_a_database_comes_to_the_same_numbers_in_a_warehouse(
    source: Source, dsn: str, tmp_path: Path
) -> None:
    await source.tables.execute(sql("whatsapp_crm", "schema"))
    await source.tables.execute(sql("whatsapp_crm", "rows"))
    scan = {
        "name": "whatsapp_crm",
        "profile": "whatsapp_crm",
        "database_url": source.url,
        "interval_s": 0.2,
        "batch_rows": 100,
    }
    async with running_app(dsn, tmp_path, scans=[scan]) as app:
        await looked(app)
        first = moved(await app.page())
        assert first == expected("whatsapp_crm")
        await looked(app)
        assert moved(await app.page()) == first

        await source.tables.execute(sql("whatsapp_crm", "later"))
        await looked(app, times=2)
        page = await app.page()
    assert moved(page) == expected("whatsapp_crm", later=True)
    assert "canary" not in page


async def test_each_row_counts_once_over_many_scans_and_pages(replica: RunningLedger, source: Source) -> None:
    await source.tables.execute(TABLE)
    for number in range(250):
        await call(source, f"call-{number}", f"{number} minutes")
    async with replica() as one:
        for _ in range(3):
            await scan_of(one, source.url).run()
            assert await calls(one) == 250
        assert sample(one.registry, "comms_scan_rows_total") == 250
        (cost,) = one.totals.rows()["comms_cost_usd_total"].values()
    assert cost[0] == Decimal("62.5")


async def test_a_row_that_comes_late_counts_once(replica: RunningLedger, source: Source) -> None:
    await source.tables.execute(TABLE)
    await call(source, "newest", "1 minute")
    async with replica() as one:
        await scan_of(one, source.url).run()
        await call(source, "late", "50 minutes")
        await scan_of(one, source.url).run()
        await scan_of(one, source.url).run()
        assert await calls(one) == 2


async def test_a_load_at_night_is_read_however_long_after_the_last_one(
    replica: RunningLedger, source: Source
) -> None:
    await source.tables.execute(TABLE)
    await call(source, "of the last load", "30 hours")
    async with replica() as one:
        await scan_of(one, source.url).run()
        await call(source, "of this load", "29 hours")
        await scan_of(one, source.url).run()
        assert await calls(one) == 2


async def test_what_is_older_than_the_overlap_is_not_asked_for_again(
    replica: RunningLedger, source: Source
) -> None:
    await source.tables.execute(TABLE)
    await call(source, "newest", "1 minute")
    async with replica() as one:
        await scan_of(one, source.url, gap_patience_s=60).run()
        await scan_of(one, source.url, gap_patience_s=60).run()
    first, second = (asked.parameters["since"] for asked in source.fake.asked if "since" in asked.parameters)
    newest = await source.tables.fetchval("SELECT (called_at - interval '60 s')::text FROM calls")
    assert str(first).startswith("2000-01-01")
    assert str(second).replace("T", " ").startswith(newest.removesuffix("+00"))


async def test_a_pass_cut_short_goes_on_and_loses_nothing(replica: RunningLedger, source: Source) -> None:
    await source.tables.execute(TABLE)
    for number in range(250):
        await call(source, f"call-{number}", f"{number} hours")
    async with replica() as one:
        # The types, the first page, and then no more.
        source.fake.failures = [None, None, Failure(404, "notFound")]
        await scan_of(one, source.url).run()
        assert await calls(one) == 100
        assert sample(one.registry, "comms_scan_runs_total", status="missing_table") == 1
        await scan_of(one, source.url).run()
        assert await calls(one) == 250


async def test_two_replicas_count_no_row_twice(replica: RunningLedger, source: Source) -> None:
    await source.tables.execute(TABLE)
    for number in range(30):
        await call(source, f"call-{number}", f"{number} minutes")
    async with replica() as one, replica() as two:
        for _ in range(2):
            await scan_of(one, source.url).run()
            await scan_of(two, source.url).run()
        assert await calls(one) == 30


async def test_gauges_of_a_warehouse_are_counted_there(replica: RunningLedger, source: Source) -> None:
    await source.tables.execute(TABLE)
    for number in range(3):
        await call(source, f"call-{number}", "1 minute")
    await source.tables.execute("UPDATE calls SET model = NULL WHERE id = 'call-2'")
    gauges = [
        {
            "name": "all",
            "gauge": "queue_depth",
            "table": "calls",
            "match": {"tokens": 10},
            "unless": {"model": "gpt-4o"},
            "labels": {"queue": {"column": "model", "default": "none"}},
        },
        {"name": "sum", "gauge": "credit_balance", "query": "SELECT cost FROM calls", "value": "cost"},
        {"name": "newest", "gauge": "data_timestamp_seconds", "table": "calls", "value": "called_at"},
        {
            "name": "many",
            "gauge": "messages_pending",
            "table": "calls",
            "max_rows": 1,
            "labels": {"channel": "id"},
        },
    ]
    async with replica() as one:
        await scan_of(one, source.url, definition={**PROFILE, "gauges": gauges}).run()
        newest = await source.tables.fetchval("SELECT extract(epoch FROM max(called_at))::float8 FROM calls")
        assert sample(one.registry, "comms_scanned_queue_depth", queue="gpt-4o-mini") == 2
        assert sample(one.registry, "comms_scanned_queue_depth", queue="none") == 1
        assert sample(one.registry, "comms_scanned_credit_balance", tenant="default") == 0.75
        seen = sample(one.registry, "comms_scanned_data_timestamp_seconds", table="_none")
        assert seen == pytest.approx(newest, abs=1)  # PostgreSQL divides whole numbers, GoogleSQL does not
        assert sample(one.registry, "comms_scan_runs_total", status="too_many_rows") == 1


async def test_a_table_is_read_from_a_date_on_and_filled_in_back_to_an_earlier_one(
    replica: RunningLedger, source: Source
) -> None:
    await source.tables.execute(TABLE)
    for days in range(10):
        await call(source, f"call-{days}", f"{days} days")
    now = datetime.now(UTC)
    async with replica() as one:
        scan = scan_of(one, source.url)
        await scan.run(since=now - timedelta(days=3.5))
        assert await calls(one) == 4
        await scan.run()
        assert await calls(one) == 4
        await scan.run(since=now - timedelta(days=7.5))
        await scan.run(since=now - timedelta(days=7.5))
        assert await calls(one) == 8
