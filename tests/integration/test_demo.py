"""The demo as a newcomer runs it: every metric moves, and it ends when told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from exporter import schedule
from exporter.catalogue import FAMILIES, FOLD_FAMILIES, PROCESS_FAMILIES
from exporter.demo.run import Wish, demo
from exporter.demo.signing import fresh_secrets
from exporter.demo.traffic import traffic
from exporter.demo.usage_table import grow, usage_rows
from exporter.event import Submission
from tests.conftest import RunningLedger
from tests.unit.demo_reader import DemoReader

RESTING = frozenset(
    {
        "comms_ledger_queue_events",  # what waits for the next commit, gone before a scrape sees it
        "comms_follower_lag_events",  # the same
        "comms_series_folded_total",  # moves at the limit of series only
        "comms_exposition_failures_total",  # moves when /metrics has a bug
        "comms_reconciled_messages_total",  # moves with Twilio's API, which the demo has not
        "comms_rate_card_age_seconds",  # the same
        "comms_rate_card_fallback",  # the same
        "comms_cost_forecast_month_usd",  # needs three days of history
        "comms_cost_spike_score",  # the same
        "comms_savings_usd",  # looked for every six hours
        "comms_bill_drift_ratio",  # the same, with those below
        "comms_bill_last_success_timestamp_seconds",
        "comms_cost_unsettled_usd",
        "comms_balance_usd",
        "comms_balance_runway_seconds",
        "comms_outbound_webhook_backlog",  # nobody asked for webhooks in the demo
        "comms_pages_total",  # nobody is on call in the demo
        "comms_page_delivery_seconds",  # the same
        "comms_page_undelivered_seconds",  # the same
        "comms_api_cache_requests_total",  # nobody asks the API of the demo
        "comms_downloads_total",  # nobody exports anything in the demo
        "comms_notifications_total",  # nobody gets a mail of the demo
        "comms_rule_inputs_absent",  # moves when an alert is blind
        "comms_scan_billed_bytes_total",  # BigQuery is not in the demo
        "comms_scan_given_up_total",  # moves at a limit only
        "comms_scanned_active_conversations",  # the demo's table has no states, here and below
        "comms_scanned_credit_balance",
        "comms_scanned_messages_pending",
        "comms_scanned_users",
        "comms_scanned_queue_depth",
        "comms_scanned_rate_limit_used_ratio",
        "comms_scanned_data_timestamp_seconds",
    }
)

Sums = dict[str, float]
"""By family, the sum of its absolute values (of a histogram, of its counts)."""


class Seen(NamedTuple):
    """What a run of the demo said and published."""

    said: str
    sums: Sums
    samples: list[tuple[str, dict[str, str], float]]
    code: int


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("demo")
    config = folder / "config.yaml"
    config.write_text("sla:\n  error_ratio: 0.05\n")
    environ = {"COMMS_DATA_DIR": str(folder / "data"), "COMMS_LISTEN": "127.0.0.1:0"}
    with pytest.MonkeyPatch.context() as patch:
        # Only sooner, so that the test need not wait for the second look at the ledger.
        patch.setattr(schedule, "_REFRESH_S", 1.0)
        patch.setattr(schedule, "_SPEND_S", 1.0)
        return asyncio.run(_observe(config, environ))


async def _observe(config: Path, environ: dict[str, str]) -> Seen:
    said: list[str] = []
    running = asyncio.create_task(demo(config, environ, Wish(seed=7, rate=40.0), said.append))
    try:
        async with asyncio.timeout(60):
            while not said:
                await asyncio.sleep(0.05)
                assert not running.done(), running.result()
            return await _until_all_moved(said[0])
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def _until_all_moved(said: str) -> Seen:
    url = re.search(r"http://\S+/metrics", said)
    assert url is not None
    wanted = {family.name for family in FAMILIES} - RESTING
    found = Seen(said, {}, [], 0)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60), ClientSession() as session:
            while not all(found.sums.get(name) for name in wanted):
                await asyncio.sleep(0.25)
                async with session.get(url.group()) as answer:
                    samples = _samples(await answer.text())
                    found = Seen(said, _sums(samples), samples, answer.status)
    return found


def _samples(text: str) -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(text)
    return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]


def _sums(samples: list[tuple[str, dict[str, str], float]]) -> Sums:
    sums: Sums = {}
    for name, _, value in samples:
        sums[name] = sums.get(name, 0.0) + abs(value)
        if name.endswith("_count"):
            sums[name.removesuffix("_count")] = sums[name]
    return sums


@pytest.mark.parametrize("name", [family.name for family in FOLD_FAMILIES])
def test_a_newcomer_sees_the_fold_metric_move(seen: Seen, name: str) -> None:
    assert seen.sums.get(name, 0.0) > 0


@pytest.mark.parametrize("name", [f.name for f in PROCESS_FAMILIES if f.name not in RESTING])
def test_a_newcomer_sees_the_process_metric_move(seen: Seen, name: str) -> None:
    assert seen.sums.get(name, 0.0) > 0


def test_the_numbers_are_marked_as_simulated(seen: Seen) -> None:
    assert ("comms_demo_mode", {}, 1.0) in seen.samples
    assert "every number is simulated" in seen.said


def test_each_outcome_of_an_event_is_seen(seen: Seen) -> None:
    outcomes = {
        labels["outcome"]
        for name, labels, value in seen.samples
        if name == "comms_events_received_total" and value
    }
    assert {"accepted", "duplicate", "late"} < outcomes
    assert outcomes & {"rejected", "parked"}


def test_no_phone_number_reaches_a_label(seen: Seen) -> None:
    values = {value for _, labels, _ in seen.samples for value in labels.values()}
    assert not [value for value in values if re.search(r"\d{10}", value)]


@contextlib.contextmanager
def _command(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    environ = {**os.environ, "COMMS_DATA_DIR": str(folder), "COMMS_LISTEN": "127.0.0.1:0", "COMMS_CONFIG": ""}
    process = subprocess.Popen(
        [sys.executable, "-m", "exporter", "demo", *options],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_ends_cleanly_when_told(tmp_path: Path, number: signal.Signals) -> None:
    with _command(tmp_path, "--seed", "3") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        process.send_signal(number)
        said, complaints = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Demo stopped" in said
    assert "Traceback" not in complaints
    assert not (tmp_path / "demo" / "postgres" / "postmaster.pid").exists()


def test_the_demo_ends_by_itself_after_its_time_and_touches_only_its_own_folder(tmp_path: Path) -> None:
    with _command(tmp_path, "--for", "1") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "answered 200" in said
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def _submissions(seed: int, began: datetime, until_s: float) -> list[Submission]:
    """The opening of a run, each run with its own secrets, as the exporter reads it."""
    calls = takewhile(lambda call: call.at_s < until_s, traffic(seed, began, 20.0))
    return list(DemoReader(fresh_secrets(), began).submissions(calls))


@pytest.mark.parametrize("seed", [0, 1, 7, 1_795_000_000])
async def test_the_first_quarter_minute_moves_every_fold_metric_whatever_the_seed(
    replica: RunningLedger, seed: int
) -> None:
    async with replica() as one:
        await one.ledger.append(_submissions(seed, datetime.now(UTC), 15.0))
        await one.ledger.catch_up()
        rows = one.totals.rows()
    moved = {family.name for family in FOLD_FAMILIES if any(map(_any_number, rows[family.name].values()))}
    assert {family.name for family in FOLD_FAMILIES} - moved == set()


def _any_number(row: object) -> bool:
    return any(map(_any_number, row)) if isinstance(row, list | tuple) else bool(row)


async def test_a_second_run_with_the_same_seed_counts_no_message_twice(replica: RunningLedger) -> None:
    now = datetime.now(UTC)
    async with replica() as one:
        await one.ledger.append(_submissions(7, now - timedelta(hours=1), 15.0))
        await one.ledger.catch_up()
        before = one.totals.rows()
        await one.ledger.append(_submissions(7, now, 15.0))
        await one.ledger.catch_up()
        after = one.totals.rows()
    assert sum(row[0] for row in before["comms_messages_total"].values()) > 100
    for name in ("comms_messages_total", "comms_payments_total", "comms_llm_requests_total"):
        assert after[name] == before[name]


async def test_answers_are_timed_also_where_nobody_says_how_long_they_took(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append(_submissions(7, datetime.now(UTC), 120.0))
        await one.ledger.catch_up()
        rows = one.totals.rows()["comms_message_response_seconds"]
    timed = {labels[2] for labels, row in rows.items() if _any_number(row)}
    assert timed == {"gateway", "twilio", "whatsapp"}


async def _until_rows(connection: asyncpg.Connection[asyncpg.Record], number: int) -> set[int]:
    ids: set[int] = set()
    async with asyncio.timeout(60):
        while len(ids) < number:
            await asyncio.sleep(0.05)
            with contextlib.suppress(asyncpg.UndefinedTableError):
                ids = {row["id"] for row in await connection.fetch("SELECT id FROM sms_usage_logs")}
    return ids


@pytest.fixture
async def growing(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to a database whose table grows."""
    task = asyncio.create_task(grow(dsn, usage_rows(1)))
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_the_table_grows_and_holds_back_an_id_for_a_round(
    growing: asyncpg.Connection[asyncpg.Record],
) -> None:
    assert await _until_rows(growing, 4) == {2, 3, 4, 5}
    assert 1 in await _until_rows(growing, 9)


async def test_the_table_goes_on_growing_after_the_database_cut_it_off(
    growing: asyncpg.Connection[asyncpg.Record],
) -> None:
    before = await _until_rows(growing, 4)
    await growing.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert len(await _until_rows(growing, len(before) + 1)) > len(before)
