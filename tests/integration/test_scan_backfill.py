"""Scans by hand: filled in back to a day, cut short and begun again, never counted twice; and the replay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from exporter.commands.scan_now import scan_now
from exporter.config import ConfigFile
from exporter.errors import ConfigError
from exporter.ledger.replay import replay as replay_ledger
from exporter.scans.by_id import ById
from tests.conftest import Replica, RunningLedger
from tests.integration.test_scan_ways import SHOP, TEXTS, counted, scan_of

NUMBERED: dict[str, Any] = {**TEXTS, "key": "number", "facts": TEXTS["facts"][:1]}
DAYS = "INSERT INTO texts (created_at) SELECT now() - (400 - n) * interval '1 hour' FROM generate_series(1, 400) n"
TALLIED = [pytest.param(False, id="read one by one"), pytest.param(True, id="counted in the database")]


@pytest.fixture
async def shop(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """400 hours of messages."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(SHOP)
    await connection.execute(DAYS)
    yield connection
    await connection.close()


def hours_ago(number: int) -> datetime:
    return datetime.now(UTC) - timedelta(hours=number, minutes=30)


@pytest.mark.parametrize("aggregate", TALLIED)
async def test_a_scan_is_filled_in_back_to_a_day_and_no_row_counts_twice(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record], aggregate: bool
) -> None:
    async with replica() as one:
        scan = scan_of(one, dsn, {**NUMBERED, "aggregate": aggregate}, batch_rows=100)
        for hours, sent in ((50, 51), (50, 51), (250, 251), (100, 251), (300, 301)):
            await scan.run(hours_ago(hours))
            assert await counted(one) == {"sent": sent}
        await shop.execute("INSERT INTO texts DEFAULT VALUES")
        await scan.run()
        assert await counted(one) == {"sent": 302}
        await scan.run(hours_ago(10_000))
        assert await counted(one) == {"sent": 401}


@pytest.mark.parametrize("aggregate", TALLIED)
async def test_filling_in_that_is_cut_short_goes_on(
    replica: RunningLedger,
    dsn: str,
    shop: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
    aggregate: bool,
) -> None:
    _counts_in_pages_of(monkeypatch, 70)
    table = {**NUMBERED, "aggregate": aggregate}
    async with replica() as one:
        await scan_of(one, dsn, table, batch_rows=100).run(hours_ago(50))

        def stop(table: str, done_ratio: float | None, rows: int) -> None:
            raise KeyboardInterrupt

        cut = scan_of(one, dsn, table, batch_rows=100)
        cut._progress = stop
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                await cut.run(hours_ago(390))
        assert 51 < (await counted(one))["sent"] < 391
        await scan_of(one, dsn, table, batch_rows=100).run()
        assert await counted(one) == {"sent": 391}


def _counts_in_pages_of(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    made = ById.__init__

    def make(self: ById, *arguments: Any) -> None:
        *others, pace = arguments
        made(self, *others, pace._replace(tally_rows=rows))

    monkeypatch.setattr(ById, "__init__", make)


async def test_rows_read_by_time_are_filled_in_and_told_by_their_keys(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with replica() as one:
        scan = scan_of(one, dsn, TEXTS, batch_rows=100)
        for hours, sent in ((50, 51), (250, 251), (100, 251)):
            await scan.run(hours_ago(hours))
            assert await counted(one) == {"sent": sent}


async def test_a_scan_can_be_run_by_hand_beside_the_exporter(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record], tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        f"database_url: {dsn}\nledger: {{allow_unsafe_durability: true}}\nscans:\n  - name: shop\n    definition:\n"
        "      about: A shop.\n      tables:\n        - {name: texts, table: texts, key: number, time: created_at,\n"
        "           set: {channel: sms, provider: acme, direction: outbound, status: sent}, aggregate: true,\n"
        "           facts: [{fact: sent, kind: message}]}\n"
    )
    config_file = ConfigFile(path, {}, datetime.now(UTC))
    shown: list[str] = []
    async with replica() as one:
        for _ in range(2):
            await scan_now(config_file, "shop", None, dsn, shown.append)
        assert await counted(one) == {"sent": 400}
    assert shown == ["texts [##############################] 100% 400 rows"]
    with pytest.raises(ConfigError, match="none is named `other`"):
        await scan_now(config_file, "other", None, dsn, shown.append)


async def until_written(one: Replica) -> None:
    await one.ledger.catch_up()
    await one.ledger.write_checkpoint()


async def test_a_replay_says_that_the_totals_are_right_and_changes_nothing(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with replica() as one:
        await scan_of(one, dsn, {**NUMBERED, "aggregate": True}).run()
        await until_written(one)
        for _ in range(2):
            found = await replay_ledger(dsn, 2_000, write=True, show=lambda seq, last: None)
            assert (found.is_whole, found.different, found.is_written) == (True, (), False)


async def test_a_replay_mends_a_checkpoint_once_and_never_one_whose_events_are_gone(
    replica: RunningLedger, dsn: str, shop: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with replica() as one:
        await scan_of(one, dsn, NUMBERED).run()
        one.totals.families["comms_messages_total"].put(0, (7,))
        await until_written(one)
        wrong = await shop.fetchval("SELECT state FROM checkpoints WHERE name = 'totals'")
        written = [
            (await replay_ledger(dsn, 2_000, write=write, show=lambda seq, last: None)).is_written
            for write in (False, True, True)
        ]
        assert written == [False, True, False]
        await shop.execute("UPDATE checkpoints SET state = $1 WHERE name = 'totals'", wrong)
        await shop.execute("DELETE FROM events WHERE seq = 1")
        found = await replay_ledger(dsn, 2_000, write=True, show=lambda seq, last: None)
        assert (found.is_whole, found.is_written) == (False, False)
