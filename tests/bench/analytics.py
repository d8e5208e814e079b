"""Answers of the API over the sums of 10 million events of 500 tenants: how long they take, and by which plan."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import asyncpg

from exporter.api.caller import Caller, Role
from exporter.api.token import made
from exporter.config import ApiConfig
from exporter.ledger.embedded import EmbeddedPostgres
from exporter.ledger.statement import statement
from tests.bench.effort import Effort
from tests.bench.reading import read
from tests.bench.report import Aim, Result, Table
from tests.bench.server import exporter

_TENANTS, _DAYS, _HOURS, _EVENTS = 500, 30, 48, 10_000_000
_ROUNDS = 200
_SECRET = "a-secret-of-more-than-thirty-two-bytes"
_API = ApiConfig.model_validate({"jwt_secret": _SECRET})
_ASKED = (
    ("30 days of SMS of one tenant", "/me/sms-analytics?time_range=30d", Role.TENANT_ADMIN, 10),
    ("30 days of LLM usage of one tenant", "/api/v1/analytics/summary?days=30", Role.TENANT_ADMIN, 10),
    ("30 days of SMS of all tenants", "/admin/sms-analytics/system?time_range=30d", Role.ADMIN, 25),
)
_NOTE = (
    f"Over HTTP, one after the other. The sums are written as {_EVENTS:,} events of {_TENANTS} tenants in {_DAYS} days "
    f"leave them: {_EVENTS // _TENANTS // _DAYS} events a tenant and day in 60 sums, and by hour for the newest "
    f"{_HOURS} hours, which is all that such questions read of hours."
)
_FILL = (Path(__file__).parent / "fill_rollups.sql").read_text()


def measure(effort: Effort) -> Result:
    """Fill the rollups, ask, and look at the plan."""
    with TemporaryDirectory(prefix="bench-analytics-") as name:
        folder = Path(name)
        with exporter(folder, api={"jwt_secret": _SECRET}) as server:
            tenants = effort.of(_TENANTS)
            rows = asyncio.run(_fill(folder / "data", tenants))
            times = {what: _p95_ms(server.port, path, role) for what, path, role, _ in _ASKED}
            plan = asyncio.run(_plan(folder / "data"))
    aims = [
        Aim(what, f"p95 ≤ {most_ms} ms", f"{times[what][1]:.1f} ms, {rows:,} sums of {tenants} tenants")
        for what, _, _, most_ms in _ASKED
    ]
    found = [(what, f"{middle:.1f} ms", f"{high:.1f} ms") for what, (middle, high) in times.items()]
    note = f"{_NOTE}\n\nThe plan of the first question:\n\n```\n{plan}\n```"
    return Result(aims, [Table("Answers of the API", note, ("question", "median", "p95"), found)])


async def _fill(data: Path, tenants: int) -> int:
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
    await connection.execute("ANALYZE rollup_day, rollup_hour")
    rows: int = await connection.fetchval("SELECT count(*) FROM rollup_day")
    await connection.close()
    return rows


async def _plan(data: Path) -> str:
    """Of the sums of one tenant's messages over 30 days."""
    connection = await asyncpg.connect(EmbeddedPostgres(data).dsn)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=_DAYS - 1)
    never = datetime(2000, 1, 1, tzinfo=UTC)
    families = ["comms_messages_total", "comms_message_processing_seconds"]
    lines = await connection.fetch(
        f"EXPLAIN (COSTS OFF) {statement('rollup_sums')}",
        *("t7", 1, "", families, first, today + timedelta(days=1), never, never, never, never),
    )
    await connection.close()
    return "\n".join(line[0] for line in lines)


def _p95_ms(port: int, path: str, role: Role) -> tuple[float, float]:
    """Median and 95th percentile."""
    caller = Caller("7", role, None if role is Role.ADMIN else "t7")
    headers = {"Authorization": f"Bearer {made(_API, caller, datetime.now(UTC), timedelta(hours=1))}"}
    times_ms = sorted(_ms(port, path, headers) for _ in range(_ROUNDS))
    return times_ms[_ROUNDS // 2], times_ms[_ROUNDS * 95 // 100]


def _ms(port: int, path: str, headers: dict[str, str]) -> float:
    began = perf_counter()
    answer = read(port, path, headers=headers)
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return (perf_counter() - began) * 1_000
