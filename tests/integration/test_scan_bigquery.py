"""Scans of a warehouse: the same profiles come to the same numbers, each row once, and what it costs is told."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from exporter.config import ScanConfig
from exporter.config.bigquery_url import read_url
from exporter.scans.bigquery.account import Account, read_key
from exporter.scans.bigquery.api import BigQuery
from exporter.scans.bigquery.explain import explained
from exporter.scans.fit import fit
from exporter.scans.scan import Scan
from tests.conftest import Replica, RunningLedger, Server
from tests.integration.fake_bigquery import DATASET, PROJECT, Failure, FakeBigQuery
from tests.integration.golden import expected, moved, sql
from tests.integration.google_sql import GoogleSql
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until

TEN_MB = 10_485_760
TABLE = """
CREATE TABLE calls (id text, called_at timestamptz, model text, tokens bigint, cost double precision, note text)
"""
PROFILE = {
    "about": "Calls in a warehouse.",
    "tables": [
        {
            "name": "calls",
            "table": "calls",
            "key": "id",
            "time": "called_at",
            "facts": [
                {
                    "fact": "call",
                    "kind": "llm",
                    "set": {"provider": "openai"},
                    "fields": {"model": "model", "usage.input_tokens": "tokens", "cost_usd": "cost"},
                }
            ],
        }
    ],
}


class Source(NamedTuple):
    """The tables of the warehouse, and the fake in front of them."""

    tables: asyncpg.Connection[asyncpg.Record]
    fake: FakeBigQuery
    url: str


@pytest.fixture
async def source(server: Server, dsn: str, tmp_path: Path) -> AsyncIterator[Source]:
    admin = await asyncpg.connect(server.dsn("postgres"))
    name = f"warehouse_{dsn.rpartition('/')[2].partition('?')[0]}"
    await admin.execute(f"CREATE DATABASE {name}")
    tables = await asyncpg.connect(server.dsn(name))
    async with FakeBigQuery().running() as fake:
        fake.answer = GoogleSql(server.dsn(name)).answer
        key = fake.key_file(tmp_path)
        url = f"bigquery://{PROJECT}/{DATASET}?api_url={fake.url}&credentials_path={key}&location=EU"
        yield Source(tables, fake, url)
    await tables.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def scan_of(one: Replica, url: str, **fields: object) -> Scan:
    config = ScanConfig.model_validate({"name": "crm", "definition": PROFILE, "batch_rows": 100, **fields})
    return Scan(config, url, one.ledger, one.metrics)


async def call(
    source: Source, name: str, age: str, cost: float | None = 0.25, tokens: int | None = 10
) -> None:
    values = "($1, now() - $2::text::interval, 'gpt-4o-mini', $3, $4, 'canary text')"
    await source.tables.execute(f"INSERT INTO calls VALUES {values}", name, age, tokens, cost)  # noqa: S608


async def calls(one: Replica) -> int:
    await one.ledger.catch_up()
    return sum(int(str(row[0])) for row in one.totals.rows()["comms_llm_requests_total"].values())


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, {"scan": "crm", **labels}) or 0.0


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


async def test_every_query_and_its_bill_are_told(replica: RunningLedger, source: Source) -> None:
    await source.tables.execute(TABLE)
    await call(source, "one", "1 minute")
    async with replica() as one:
        await scan_of(one, source.url).run()
        billed = sample(one.registry, "comms_scan_billed_bytes_total")
    assert billed == len(source.fake.asked) * TEN_MB


async def test_only_the_columns_of_the_profile_are_read(replica: RunningLedger, source: Source) -> None:
    await source.tables.execute(TABLE)
    await call(source, "one", "1 minute")
    async with replica() as one:
        await scan_of(one, source.url).run()
    assert all("note" not in asked.sql and "*" not in asked.sql for asked in source.fake.asked)
    assert {asked.request["maximumBytesBilled"] for asked in source.fake.asked} == {"10737418240"}


async def test_numbers_that_are_none_stop_no_row(replica: RunningLedger, source: Source) -> None:
    await source.tables.execute(TABLE)
    await call(source, "nothing", "1 minute", cost=None, tokens=None)
    await call(source, "negative", "1 minute", cost=-1.0, tokens=-5)
    await call(source, "endless", "1 minute", cost=float("inf"))
    await call(source, "no number", "1 minute", cost=float("nan"))
    async with replica() as one:
        await scan_of(one, source.url).run()
        assert await calls(one) == 4


async def test_without_credentials_the_scan_fails_in_plain_words_and_the_others_go_on(
    replica: RunningLedger,
    source: Source,
    dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    await connection.execute("INSERT INTO calls VALUES ('one', now(), 'gpt-4o-mini', 10, 1, '')")
    await connection.close()
    async with replica() as one:
        with caplog.at_level(logging.WARNING):
            await scan_of(one, f"bigquery://{PROJECT}/{DATASET}").run()
        await scan_of(one, dsn, name="postgres").run()
        assert await calls(one) == 1
        assert sample(one.registry, "comms_scan_runs_total", status="authentication") == 1
        assert sample(one.registry, "comms_scan_last_success_timestamp_seconds") == 0
    assert "GOOGLE_APPLICATION_CREDENTIALS" in caplog.text


async def test_a_query_that_would_cost_too_much_fails_for_that_reason(
    replica: RunningLedger, source: Source
) -> None:
    await source.tables.execute(TABLE)
    source.fake.failures = [Failure(400, "bytesBilledLimitExceeded")]
    async with replica() as one:
        await scan_of(one, source.url).run()
        assert sample(one.registry, "comms_scan_runs_total", status="cost_limit") == 1


async def test_a_time_column_that_holds_no_time_is_a_wrong_type(
    replica: RunningLedger, source: Source
) -> None:
    await source.tables.execute(TABLE.replace("called_at timestamptz", "called_at text"))
    async with replica() as one:
        await scan_of(one, source.url).run()
        assert sample(one.registry, "comms_scan_runs_total", status="wrong_type") == 1


@pytest.mark.parametrize("kind", ["timestamp", "date"])
async def test_times_without_a_zone_are_utc(replica: RunningLedger, source: Source, kind: str) -> None:
    await source.tables.execute(TABLE.replace("called_at timestamptz", f"called_at {kind}"))
    await call(source, "one", "1 day")
    async with replica() as one:
        await scan_of(one, source.url).run()
        await scan_of(one, source.url).run()
        assert await calls(one) == 1


async def test_nothing_secret_is_logged(
    replica: RunningLedger, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    source.fake.failures = [Failure(403, "accessDenied")]
    async with replica() as one:
        with caplog.at_level(logging.DEBUG):
            await scan_of(one, source.url).run()
    assert "accessDenied" in caplog.text
    for secret in ("PRIVATE KEY", "token-1", "2025550101", source.url):
        assert secret not in caplog.text


class Explained(NamedTuple):
    """What is said of a scan of the warehouse."""

    client: BigQuery
    scan: ScanConfig

    async def lines(self) -> str:
        return "\n".join([line async for line in explained(self.scan, self.client)])


@pytest.fixture
def said(source: Source) -> Explained:
    url = read_url(source.url)
    scan = ScanConfig.model_validate({"name": "crm", "definition": PROFILE, "database_url": source.url})
    return Explained(BigQuery(url, Account(read_key(url.credentials_path))), scan)


async def test_a_scan_says_what_its_queries_would_read(source: Source, said: Explained) -> None:
    await source.tables.execute(TABLE)
    source.fake.estimated_bytes = 25_000_000
    source.fake.tables["calls"] = {"timePartitioning": {"field": "called_at"}}
    lines = await said.lines()
    assert "calls: reads 24 MB, billed as at least 24 MB a run" in lines
    assert "FROM `calls` AS r" in lines
    assert "BigQuery Data Viewer" in lines
    assert "partitioned" not in lines


async def test_a_table_that_is_not_partitioned_by_its_time_is_told(source: Source, said: Explained) -> None:
    await source.tables.execute(TABLE)
    source.fake.tables["calls"] = {"schema": {"fields": []}}
    lines = await said.lines()
    assert "billed as at least 10 MB a run" in lines
    assert "calls is not partitioned by called_at" in lines


async def test_a_table_that_does_not_fit_is_told_in_one_line(source: Source, said: Explained) -> None:
    source.fake.failures = [Failure(404, "notFound")]
    source.fake.tables["calls"] = {"timePartitioning": {"field": "called_at"}}
    assert "it cannot run here: crm/calls: missing_table: status 404, notFound" in await said.lines()


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


async def test_check_says_what_is_missing_and_what_is_dear(source: Source, said: Explained) -> None:
    assert (await fit(said.scan, source.url)).problems[0].path == "crm/calls"
    await source.tables.execute(TABLE)
    source.fake.tables["calls"] = {"timePartitioning": {"field": "called_at"}}
    assert await fit(said.scan, source.url) == ([], [])
    source.fake.tables["calls"] = {}
    problems, warnings = await fit(said.scan, source.url)
    assert problems == []
    assert warnings == ["crm: calls is not partitioned by called_at: each run is billed for all of its days"]


async def test_check_without_credentials_warns_in_plain_words(
    said: Explained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    problems, (warning,) = await fit(said.scan, f"bigquery://{PROJECT}/{DATASET}")
    assert problems == []
    assert warning.startswith("crm was not compared with its database: authentication: no credentials: name ")


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
