"""What a scan of a warehouse costs and would cost: told before and after, and no more than is allowed."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from exporter.config import ScanConfig
from exporter.config.bigquery_url import read_url
from exporter.scans.bigquery.account import Account, read_key
from exporter.scans.bigquery.api import BigQuery
from exporter.scans.bigquery.explain import explained
from exporter.scans.fit import fit
from tests.conftest import RunningLedger
from tests.integration.fake_bigquery import DATASET, PROJECT, Failure
from tests.integration.warehouse import PROFILE, TABLE, Source, call, sample, scan_of

TEN_MB = 10_485_760


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


async def test_a_query_that_would_cost_too_much_fails_for_that_reason(
    replica: RunningLedger, source: Source
) -> None:
    await source.tables.execute(TABLE)
    source.fake.failures = [Failure(400, "bytesBilledLimitExceeded")]
    async with replica() as one:
        await scan_of(one, source.url).run()
        assert sample(one.registry, "comms_scan_runs_total", status="cost_limit") == 1


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
