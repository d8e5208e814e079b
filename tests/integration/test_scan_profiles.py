"""Every ready profile against its golden database: the page is what was worked out by hand, however often it reads."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from exporter import schedule
from tests.conftest import Server
from tests.integration.golden import PROFILES, ROOT, Page, expected, moved, sql
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until

READER = "golden_reader"
_numbers = itertools.count()


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
    name = f"golden_{next(_numbers)}"
    await admin.execute(f"CREATE DATABASE {name}")
    connection = await asyncpg.connect(server.dsn(name))
    await connection.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER}")
    yield Source(connection, server.dsn(name).replace("//postgres@", f"//{READER}@"))
    await connection.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def runs(app: RunningApp, profile: str) -> float:
    """How often the scan has succeeded."""
    return await app.sample("comms_scan_runs_total", scan=profile, status="success") or 0


async def page_after(app: RunningApp, profile: str, wanted: Page) -> Page:
    """The page once the scan has succeeded twice more, or as soon after as it is what is wanted."""
    before = await runs(app, profile)

    async def has_settled() -> bool:
        done = await runs(app, profile) - before
        return done >= 2 and (moved(await app.page()) == wanted or done >= 20)

    await until(has_settled)
    return moved(await app.page())


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_a_golden_database(profile: str) -> None:
    names = {path.name for path in (ROOT / profile).glob("*")}
    assert names >= {"schema.sql", "rows.sql", "expected.prom", "later.sql", "later.prom"}


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_profile_counts_each_row_once_and_follows_those_that_change(
    profile: str, source: Source, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "_REFRESH_S", 0.2)
    await source.connection.execute(sql(profile, "schema"))
    await source.connection.execute(sql(profile, "rows"))
    scan = {"name": profile, "profile": profile, "database_url": source.url, "interval_s": 0.2}
    async with running_app(dsn, tmp_path, scans=[scan]) as app:
        first = expected(profile)
        assert await page_after(app, profile, first) == first
        assert await page_after(app, profile, first) == first

        await source.connection.execute(sql(profile, "later"))
        later = expected(profile, later=True)
        assert await page_after(app, profile, later) == later
        assert await page_after(app, profile, later) == later
        assert "canary" not in await app.page()
