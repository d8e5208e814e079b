"""A ledger written by the first release goes on: no old counter falls, and new metrics begin with its history."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from exporter.config import Config
from exporter.ledger.statement import migrations, statement
from exporter.totals import Totals
from tests.conftest import Replica, Server, step
from tests.integration.killable_replica import KillableReplica
from tests.integration.test_follower import fresh_fold

DATA = Path(__file__).parents[1] / "data" / "ledger"
_databases = itertools.count()


@pytest.fixture
async def old_dsn(server: Server) -> AsyncIterator[str]:
    """A database as the first release left it, with a checkpoint in the middle of its events."""
    name = f"upgrade_{next(_databases)}"
    admin = await asyncpg.connect(server.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {name}")
    connection = await asyncpg.connect(server.dsn(name))
    (number, file, text) = migrations()[0]
    await connection.execute(statement("migrations_table"))
    await connection.execute(text)
    await connection.execute(statement("record_migration"), number, file)
    await connection.execute("SELECT ensure_partitions('2026-11-20', 3)")
    await connection.execute((DATA / "written_by_0001.sql").read_text())
    await connection.close()
    yield server.dsn(name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def upgraded(dsn: str) -> tuple[Replica, Totals]:
    """The replica of this version, ended cleanly, and a fresh fold of the ledger."""
    one = Replica(dsn, Config())
    async with one.ledger.running():
        await one.until_ready()
        fresh = await fresh_fold(dsn, one.metrics)
    return one, fresh


def now(totals: Totals, family: str, labels: dict[str, str]) -> list[Decimal]:
    """The numbers of a family, summed over the label sets that have these labels."""
    series = totals.families[family]
    wanted = labels.items()
    found = [
        list(map(Decimal, map(str, row)))
        for key, row in totals.rows()[family].items()
        if wanted <= dict(zip(series.family.labels, key, strict=True)).items()
    ]
    return [sum(column, Decimal(0)) for column in zip(*found, strict=True)]


async def test_no_counter_of_the_first_release_falls(old_dsn: str) -> None:
    one, _ = await upgraded(old_dsn)
    before: list[dict[str, Any]] = json.loads((DATA / "written_by_0001.json").read_text())
    assert len(before) > 20
    for series in before:
        after = now(one.totals, series["family"], series["labels"])
        assert after >= list(map(Decimal, series["row"])), series


async def test_metrics_that_are_new_begin_with_what_the_ledger_still_has(old_dsn: str) -> None:
    one, fresh = await upgraded(old_dsn)
    assert now(one.totals, "comms_payment_amount_total", {"currency": "EUR"}) == [5]
    shown = one.totals.rows()["comms_whatsapp_template_state"]
    assert [key[2] for key, row in shown.items() if row[1] == 1] == ["paused"]
    gained_a_label = "comms_account_events_total"
    rows, expected = one.totals.rows(), fresh.rows()
    del rows[gained_a_label], expected[gained_a_label]
    assert rows == expected


async def test_the_history_is_folded_once_and_then_kept_in_the_checkpoint(old_dsn: str) -> None:
    one, _ = await upgraded(old_dsn)
    connection = await asyncpg.connect(old_dsn)
    await connection.execute("DELETE FROM events")
    await connection.close()
    again, _ = await upgraded(old_dsn)
    assert again.totals == one.totals


async def test_an_upgrade_that_is_killed_before_its_end_begins_again(old_dsn: str) -> None:
    killed = Replica(old_dsn, Config())
    running = killed.ledger.running()
    await running.__aenter__()
    killed.ledger._follower = None
    await running.__aexit__(None, None, None)
    one, _ = await upgraded(old_dsn)
    assert now(one.totals, "comms_payment_amount_total", {}) == [25]


async def test_old_messages_go_on(old_dsn: str) -> None:
    one = KillableReplica(old_dsn)
    await one.start()
    repeat, read = await one.ledger.append([step("M1", "delivered"), step("M1", "read", template="welcome")])
    assert repeat is None
    assert read is not None
    await one.ledger.catch_up()
    assert now(one.totals, "comms_template_messages_total", {"template": "welcome"}) == [3]
    await one.end()
