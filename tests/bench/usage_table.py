"""A table of messages in a PostgreSQL of its own, and what looking at it costs that server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg

from exporter.ledger.embedded import EmbeddedPostgres

TABLE = "sms_usage_logs"
_CREATE = f"""
CREATE TABLE {TABLE} (
    id bigserial PRIMARY KEY,
    user_id integer NOT NULL,
    phone_number varchar(20) NOT NULL,
    message_direction varchar(10) NOT NULL,
    message_length integer NOT NULL,
    message_content text,
    success boolean DEFAULT true,
    processing_time_ms integer,
    error_message text,
    cost_usd numeric(12, 6),
    created_at timestamp DEFAULT (now() AT TIME ZONE 'UTC')
) WITH (autovacuum_enabled = off)
"""
_FILL = f"""
INSERT INTO {TABLE} (user_id, phone_number, message_direction, message_length, message_content, success,
    processing_time_ms, cost_usd, created_at)
SELECT n % 5000, '+447700900' || lpad((n % 1000)::text, 3, '0'), CASE WHEN n % 4 = 0 THEN 'inbound' ELSE 'outbound' END,
    20 + n % 140, repeat('x', (20 + n % 140)::integer), n % 50 <> 0, (n * 7919) % 4000, 0.0079 * (1 + n % 3),
    (now() AT TIME ZONE 'UTC') - make_interval(secs => ($2 - n) * 0.02)
FROM generate_series($1::bigint, $2::bigint) AS n
"""  # noqa: S608
_SPENT = f"""
SELECT coalesce(sum(calls) FILTER (WHERE query LIKE '%{TABLE}%' AND query ILIKE '%count(%'), 0) AS looks,
    coalesce(sum(total_exec_time), 0) / 1000 AS seconds
FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid
WHERE rolname = 'reader'
"""  # noqa: S608
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_SLICE_ROWS = 1_000_000


class Spent(NamedTuple):
    """What the server has spent on statements of `reader`.

    Attributes:
        looks: how often rows of the table were counted.
        seconds: in which its statements ran.
        cpu_s: of all its processes.
    """

    looks: int
    seconds: float
    cpu_s: float

    def since(self, before: Spent) -> Spent:
        """The difference."""
        return Spent(self.looks - before.looks, self.seconds - before.seconds, self.cpu_s - before.cpu_s)


class UsageTable:
    """The table, and the connection that fills it.

    Attributes:
        rows: how many it has.
    """

    def __init__(self, folder: Path, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.rows = 0
        self.socket = folder / "postgres"
        self._connection = connection

    async def grow(self, rows: int) -> None:
        """Append rows until there are so many."""
        while self.rows < rows:
            upto = min(rows, self.rows + _SLICE_ROWS)
            await self._connection.execute(_FILL, self.rows + 1, upto)
            self.rows = upto

    async def settle(self) -> None:
        """Leave nothing for the server to do later, on somebody else's account."""
        await self._connection.execute(f"VACUUM (ANALYZE) {TABLE}")
        await self._connection.execute("CHECKPOINT")

    async def spent(self) -> Spent:
        """What the role `reader` has cost so far."""
        found = await self._connection.fetchrow(_SPENT)
        assert found is not None
        return Spent(int(found["looks"]), float(found["seconds"]), self._cpu_s())

    def _cpu_s(self) -> float:
        """Of every process of the server but our own: those that live, and those that ended and were reaped."""
        postmaster = int((self.socket / "postmaster.pid").read_text().split()[0])
        ours = self._connection.get_server_pid()
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        living = sum(cpu_s(int(pid)) for pid in children if int(pid) != ours)
        return living + cpu_s(postmaster, with_reaped=True)


@asynccontextmanager
async def usage_table(folder: Path) -> AsyncIterator[UsageTable]:
    """An empty table, readable by the role `reader`."""
    postgres = EmbeddedPostgres(folder)
    await postgres.start()
    try:
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE EXTENSION pg_stat_statements")
        await connection.execute("CREATE ROLE reader LOGIN")
        await connection.execute(_CREATE)
        await connection.execute(f"GRANT SELECT ON {TABLE} TO reader")
        yield UsageTable(folder, connection)
        await connection.close()
    finally:
        await asyncio.shield(postgres.stop())


def cpu_s(pid: int, *, with_reaped: bool = False) -> float:
    """Seconds of processor that a process used, 0 when it is gone; with its ended children where asked."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0.0
    # proc(5): utime and stime are fields 14 and 15, those of waited-for children 16 and 17; three stand before these.
    return sum(map(int, fields[11:15] if with_reaped else fields[11:13])) / _TICKS_PER_S
