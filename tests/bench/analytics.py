"""Answers of the API over the sums of 10 million events of 500 tenants: how long they take, and by which plan."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from os import getloadavg
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import asyncpg

from exporter.api.caller import Caller, Role
from exporter.api.token import made
from exporter.config import ApiConfig
from exporter.ledger.embedded import EmbeddedPostgres
from exporter.ledger.reader import Reader
from exporter.ledger.rollup_query import Owner
from exporter.ledger.statement import statement
from tests.bench.cores import on_load_core
from tests.bench.effort import Effort
from tests.bench.reading import read
from tests.bench.report import Aim, Result, Table
from tests.bench.server import exporter

SECRET = "a-secret-of-more-than-thirty-two-bytes"
API = ApiConfig.model_validate({"jwt_secret": SECRET})
_TENANTS, _DAYS, _HOURS, _EVENTS = 500, 30, 48, 10_000_000
_ROUNDS = 200
UNCACHED = {"jwt_secret": SECRET, "cache_bytes": 0}
_FLOOR = "nothing: GET /-/healthy"


class _Question(NamedTuple):
    what: str
    path: str
    role: Role
    most_ms: int


_ASKED = (
    _Question("30 days of SMS of one tenant", "/me/sms-analytics?time_range=30d", Role.TENANT_ADMIN, 10),
    _Question(
        "30 days of LLM usage of one tenant", "/api/v1/analytics/summary?days=30", Role.TENANT_ADMIN, 10
    ),
    _Question(
        "30 days of SMS of one tenant, days of Berlin",
        "/me/sms-analytics?time_range=30d&tz=Europe/Berlin",
        Role.TENANT_ADMIN,
        10,
    ),
    _Question("30 days of SMS of all tenants", "/admin/sms-analytics/system?time_range=30d", Role.ADMIN, 25),
)
_NOTE = (
    f"Over HTTP, one after the other, a connection each, the cache turned off but for the last row. The sums are "
    f"written as {_EVENTS:,} events of {_TENANTS} tenants in {_DAYS} days leave them: "
    f"{_EVENTS // _TENANTS // _DAYS} events a tenant and day in 55 sums, and by hour for the newest {_HOURS} hours."
)
_HEADER = ("question", "median", "p95", "median, of nothing", "load")
_FILL = (Path(__file__).parent / "fill_rollups.sql").read_text()
_LONGEST_LINE = 110


class _Times(NamedTuple):
    median_ms: float
    p95_ms: float
    load: float


def measure(effort: Effort) -> Result:
    """Fill the rollups, ask, and look at the plan."""
    with TemporaryDirectory(prefix="bench-analytics-") as name:
        folder, tenants = Path(name), effort.of(_TENANTS)
        with exporter(folder, api=UNCACHED) as server:
            rows = asyncio.run(fill(folder / "data", tenants))
            times = {_FLOOR: _times(server.port, "/-/healthy", None)}
            times |= {one.what: _times(server.port, one.path, one.role) for one in _ASKED}
            plan = asyncio.run(_plan(folder / "data"))
        with exporter(folder, api={"jwt_secret": SECRET}) as server:
            kept = _ASKED[-1]
            times[f"{kept.what}, kept"] = _times(server.port, kept.path, kept.role)
    aims = [
        Aim(one.what, f"p95 ≤ {one.most_ms} ms", f"{times[one.what].p95_ms:.1f} ms, {rows:,} sums by day")
        for one in _ASKED
    ]
    note = f"{_NOTE} The plan of the first question, behind row-level security:\n\n```\n{plan}\n```"
    return Result(aims, [Table("Answers of the API", note, _HEADER, _rows(times))])


def _rows(times: dict[str, _Times]) -> list[tuple[str, ...]]:
    floor_ms = times[_FLOOR].median_ms
    return [
        (
            what,
            f"{one.median_ms:.1f} ms",
            f"{one.p95_ms:.1f} ms",
            f"{one.median_ms / floor_ms:.0f} x",
            f"{one.load:.1f}",
        )
        for what, one in times.items()
    ]


async def fill(data: Path, tenants: int) -> int:
    """Write the sums of these tenants, t1 and so on, and of all; the answer is how many are by day."""
    connection = await asyncpg.connect(EmbeddedPostgres(data).dsn)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    today = now.replace(hour=0)
    first_day, first_hour = today - timedelta(days=_DAYS - 1), now - timedelta(hours=_HOURS - 1)
    for table, first, last, step in (
        ("rollup_day", first_day, today, timedelta(days=1)),
        ("rollup_hour", first_hour, now, timedelta(hours=1)),
    ):
        months = sorted({moment.date().replace(day=1) for moment in (first, last)})
        await connection.execute("SELECT ensure_rollup_partitions($1, $2)", table, months)
        await connection.execute(_FILL.replace(":table", table), first, last, step, tenants, timeout=600)
    await connection.execute("VACUUM ANALYZE rollup_day, rollup_hour")
    rows: int = await connection.fetchval("SELECT count(*) FROM rollup_day")
    await connection.close()
    return rows


async def _plan(data: Path) -> str:
    """Of the sums of one tenant's messages over 30 days.

    Raises:
        RuntimeError: it reads a table from end to end.
    """
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first, end = today - timedelta(days=_DAYS - 1), today + timedelta(days=1)
    families = ["comms_messages_total", "comms_message_processing_seconds"]
    given = (*Owner("t7").columns, families, first, end, first, first, end, end)
    dsn = EmbeddedPostgres(data).dsn
    async with Reader(dsn, size=1, statement_s=5).open() as reader, reader.of("t7") as connection:
        lines = [
            line[0]
            for line in await connection.fetch(f"EXPLAIN (COSTS OFF) {statement('rollup_sums')}", *given)
        ]
    if any("Seq Scan" in line for line in lines):
        raise RuntimeError("a question reads a table from end to end")
    return "\n".join(
        line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…" for line in lines
    )


def headers_of(role: Role) -> dict[str, str]:
    """Who asks, as a request says it."""
    caller = Caller("7", role, None if role is Role.ADMIN else "t7")
    return {"Authorization": f"Bearer {made(API, caller, datetime.now(UTC), timedelta(hours=1))}"}


def _times(port: int, path: str, role: Role | None) -> _Times:
    headers = {} if role is None else headers_of(role)
    with on_load_core():
        times_ms = sorted(_ms(port, path, headers) for _ in range(_ROUNDS))
    return _Times(times_ms[_ROUNDS // 2], times_ms[_ROUNDS * 95 // 100], getloadavg()[0])


def _ms(port: int, path: str, headers: dict[str, str]) -> float:
    began = perf_counter()
    answer = read(port, path, headers=headers)
    took_ms = (perf_counter() - began) * 1_000
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return took_ms
