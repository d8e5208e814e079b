"""Every ready profile against its golden database: the page is what was worked out by hand, however often it reads."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import NamedTuple

import asyncpg
import pytest

from exporter.config import PricingConfig, ScanConfig
from exporter.errors import ScanStatus
from exporter.exposition import Exposition
from exporter.pricing.price_lists import read_lists
from exporter.pricing.pricer import Pricer
from exporter.scans.database import connected
from exporter.scans.fit import problems
from exporter.scans.scan import Scan
from tests.conftest import Replica, RunningLedger, Server
from tests.integration.golden import PROFILES, ROOT, Page, expected, moved, sql

PRICER = Pricer(read_lists(PricingConfig()))
MOST_RUNS = 20
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


def text_of(one: Replica) -> str:
    """What /metrics says of the replica."""
    pieces = Exposition(one.totals, one.registry).pieces(openmetrics=False, gzip=False)
    return b"".join(pieces).decode()


async def page_after(scan: Scan, one: Replica, wanted: Page) -> Page:
    """The page after a run, or after a few more: golden rows may be a second short of old enough to be read."""
    page: Page = {}
    for _ in range(MOST_RUNS):
        status = await scan.run()
        if status is not ScanStatus.LEDGER:
            assert status is ScanStatus.SUCCESS
        await one.ledger.catch_up()
        await one.ledger.refresh()
        page = moved(text_of(one))
        if page == wanted:
            break
        await asyncio.sleep(0.2)
    return page


async def in_ledger(dsn: str, text: str) -> int:
    """In how many events, counted or parked, the text stands."""
    connection = await asyncpg.connect(dsn)
    counted = await connection.fetchval(
        "SELECT count(*) FROM events WHERE position($1::bytea IN data || raw) > 0", text.encode()
    )
    parked = await connection.fetchval(
        "SELECT count(*) FROM parked_events WHERE position($1::bytea IN raw) > 0", text.encode()
    )
    await connection.close()
    return int(counted + parked)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_a_golden_database(profile: str) -> None:
    names = {path.name for path in (ROOT / profile).glob("*")}
    assert names >= {"schema.sql", "rows.sql", "expected.prom", "later.sql", "later.prom"}


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_profile_counts_each_row_once_and_follows_those_that_change(
    profile: str, source: Source, replica: RunningLedger, dsn: str
) -> None:
    await source.connection.execute(sql(profile, "schema"))
    await source.connection.execute(sql(profile, "rows"))
    config = ScanConfig.model_validate({"name": profile, "profile": profile})
    async with replica(price=PRICER.priced) as one:
        scan = Scan(config, source.url, one.ledger, one.metrics)
        first = expected(profile)
        assert await page_after(scan, one, first) == first
        assert await page_after(scan, one, first) == first

        await source.connection.execute(sql(profile, "later"))
        later = expected(profile, later=True)
        assert await page_after(scan, one, later) == later
        assert await page_after(scan, one, later) == later
        assert "canary" not in text_of(one)
    assert not await in_ledger(dsn, "canary")


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_profile_fits_the_schema_that_it_is_for(profile: str, source: Source) -> None:
    await source.connection.execute(sql(profile, "schema"))
    scan = ScanConfig.model_validate({"name": profile, "profile": profile})
    async with connected(source.url, 10) as database:
        assert await problems(database, scan) == []
