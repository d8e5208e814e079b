"""Every ready profile against its golden database: the page is what was worked out by hand, however often it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from tests.conftest import Server
from tests.integration.golden import PROFILES, ROOT, expected, moved, sql
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until

READER = "golden_reader"


class Source(NamedTuple):
    """A database beside the ledger's.

    Attributes:
        url: for a role that may read its tables and do nothing else.
    """

    connection: asyncpg.Connection[asyncpg.Record]
    url: str


@pytest.fixture
async def source(server: Server, dsn: str) -> AsyncIterator[Source]:
    admin = await asyncpg.connect(server.dsn("postgres"))
    if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", READER):
        await admin.execute(f"CREATE ROLE {READER} LOGIN")
    name = f"golden_{await admin.fetchval('SELECT count(*) FROM pg_database')}"
    await admin.execute(f"CREATE DATABASE {name}")
    connection = await asyncpg.connect(server.dsn(name))
    await connection.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER}")
    yield Source(connection, server.dsn(name).replace("//postgres@", f"//{READER}@"))
    await connection.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def looked(app: RunningApp, profile: str, times: int = 1) -> None:
    """Come back when the scan has succeeded so many times more, and its rows are in the totals."""
    succeeded = await app.sample("comms_scan_runs_total", scan=profile, status="success") or 0

    async def has_succeeded() -> bool:
        runs = await app.sample("comms_scan_runs_total", scan=profile, status="success") or 0
        return runs >= succeeded + times

    await until(has_succeeded)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_a_golden_database(profile: str) -> None:
    names = {path.name for path in (ROOT / profile).glob("*")}
    assert names >= {"schema.sql", "rows.sql", "expected.prom", "later.sql", "later.prom"}


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_profile_counts_each_row_once_and_follows_those_that_change(
    profile: str, source: Source, dsn: str, tmp_path: Path
) -> None:
    await source.connection.execute(sql(profile, "schema"))
    await source.connection.execute(sql(profile, "rows"))
    scan = {"name": profile, "profile": profile, "database_url": source.url, "interval_s": 0.2}
    async with running_app(dsn, tmp_path, scans=[scan]) as app:
        await looked(app, profile)
        first = moved(await app.page())
        assert first == expected(profile)
        await looked(app, profile)
        assert moved(await app.page()) == first

        await source.connection.execute(sql(profile, "later"))
        await looked(app, profile, times=2)
        assert moved(await app.page()) == expected(profile, later=True)
        assert "canary" not in await app.page()
