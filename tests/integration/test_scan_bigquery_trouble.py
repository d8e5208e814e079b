"""Scans of a warehouse in trouble: odd values and missing credentials fail in plain words, with no secret."""

from __future__ import annotations

import logging

import asyncpg
import pytest

from tests.conftest import RunningLedger
from tests.integration.fake_bigquery import DATASET, PROJECT, Failure
from tests.integration.warehouse import TABLE, Source, call, calls, sample, scan_of


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
