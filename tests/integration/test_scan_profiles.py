"""Every ready profile against its golden database: the page is what was worked out by hand, however often it is read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Server
from tests.integration.golden import PROFILES, ROOT, expected, moved, sql
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until

READER = "golden_reader"


@pytest.fixture
async def source(server: Server, dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A database beside the ledger's, whose tables a role may read and nothing else."""
    admin = await asyncpg.connect(server.dsn("postgres"))
    if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", READER):
        await admin.execute(f"CREATE ROLE {READER} LOGIN")
    name = f"golden_{dsn.rsplit('/', 1)[1].split('?')[0]}"
    await admin.execute(f"CREATE DATABASE {name}")
    connection = await asyncpg.connect(server.dsn(name))
    await connection.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER}")
    yield connection
    await connection.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def scan(profile: str, server: Server, source: asyncpg.Connection[asyncpg.Record]) -> dict[str, object]:
    """The profile as the operator turns it on, read by the role that may only read."""
    url = server.dsn(source.get_settings().application_name or "")
    return {"name": profile, "profile": profile, "database_url": url}


def test_every_profile_has_a_golden_database() -> None:
    for profile in PROFILES:
        names = {path.name for path in (ROOT / profile).glob("*")}
        assert names >= {"schema.sql", "rows.sql", "expected.prom", "later.sql", "later.prom"}, profile
