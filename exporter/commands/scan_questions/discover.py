"""Which ready profiles fit a database."""

from __future__ import annotations

from collections.abc import AsyncIterator

from yarl import URL

from exporter.config import ScanConfig, profile_of, ready_profiles
from exporter.config.bigquery_url import is_bigquery, read_url
from exporter.errors import Problem
from exporter.scans.bigquery.fit import compared
from exporter.scans.bigquery.warehouse import client_of
from exporter.scans.database import Database, connected
from exporter.scans.fit import advice, problems

_LIMIT_S = 10.0


async def discovered(url: str) -> AsyncIterator[str]:
    """A line for each profile, those that fit first; what a profile lacks where it fits in part.

    Raises:
        ScanFailed: the database does not answer.
    """
    yield _shown(url)
    scans = [ScanConfig(name=name, profile=name) for name in ready_profiles()]
    if is_bigquery(url):
        client = client_of(read_url(url))
        found = [
            _line(scan, *await compared(client, scan), "dear: {} tables are not partitioned")
            for scan in scans
        ]
    else:
        async with connected(url, _LIMIT_S) as database:
            found = [await _of_postgres(database, scan) for scan in scans]
    for _, line in sorted(found, key=lambda one: one[0]):
        yield line


async def _of_postgres(database: Database, scan: ScanConfig) -> tuple[int, str]:
    wrong = await problems(database, scan)
    return _line(scan, wrong, [] if wrong else await advice(database, scan), "slow: it lacks {} indexes")


def _line(scan: ScanConfig, wrong: list[Problem], lacks: list[str], so_many: str) -> tuple[int, str]:
    """How many things are wrong, and the line that says so."""
    name, profile = scan.name, profile_of(scan)
    parts = len(profile.tables) + len(profile.gauges)
    if not wrong:
        return 0, f"  fits      {name}" + (f" ({so_many.format(len(lacks))})" if lacks else "")
    fails = {problem.path.partition(".")[0] for problem in wrong}
    if len(fails) >= parts:
        return 1_000, f"  no        {name}"
    return len(wrong), "\n            ".join([f"  in part   {name}", *map(str, wrong)])


def _shown(url: str) -> str:
    """The database without user and password."""
    address = URL(url)
    return f"{address.query.get('host') or address.host or 'localhost'}{address.path}"
