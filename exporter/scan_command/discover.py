"""Which ready profiles fit a database."""

from __future__ import annotations

from collections.abc import AsyncIterator

from yarl import URL

from exporter.config import ScanConfig, ready_profiles
from exporter.scans.database import Database, connected
from exporter.scans.fit import advice, problems

_LIMIT_S = 10.0


async def discovered(url: str) -> AsyncIterator[str]:
    """A line for each profile, those that fit first; what a profile lacks where it fits in part.

    Raises:
        ScanFailed: the database does not answer.
    """
    yield f"{_shown(url)}"
    async with connected(url, _LIMIT_S) as database:
        found = [await _fit(database, name) for name in ready_profiles()]
    for _, line in sorted(found, key=lambda one: one[0]):
        yield line


async def _fit(database: Database, name: str) -> tuple[int, str]:
    """How many things are wrong, and the line that says so."""
    scan = ScanConfig(name=name, profile=name)
    profile = ready_profiles()[name]
    wrong = await problems(database, scan)
    parts = len(profile.tables) + len(profile.gauges)
    if not wrong:
        lacks = await advice(database, scan)
        return 0, f"  fits      {name}" + (f" (slow: it lacks {len(lacks)} indexes)" if lacks else "")
    fails = {problem.path.partition(".")[0] for problem in wrong}
    if len(fails) >= parts:
        return 1_000, f"  no        {name}"
    return len(wrong), "\n            ".join([f"  in part   {name}", *map(str, wrong)])


def _shown(url: str) -> str:
    """The database without user and password."""
    address = URL(url)
    return f"{address.query.get('host') or address.host or 'localhost'}{address.path}"
