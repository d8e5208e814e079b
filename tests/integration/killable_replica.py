"""A replica that can end as a kill ends it, and what can be read of it and of its database."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractAsyncContextManager

import asyncpg

from exporter.config import Config
from exporter.ledger.append import Price, unpriced
from exporter.ledger.connection import open_pool
from exporter.ledger.follower import Follower
from exporter.totals import Totals
from tests.conftest import Replica


class KillableReplica:
    """A ledger with its own totals, as in a process of its own."""

    def __init__(self, dsn: str, price: Price = unpriced) -> None:
        self._replica = Replica(dsn, Config(), price)
        self.ledger = self._replica.ledger
        self._running: AbstractAsyncContextManager[None] = self.ledger.running()

    @property
    def totals(self) -> Totals:
        return self._replica.totals

    async def start(self) -> None:
        await self._running.__aenter__()
        await self._replica.until_ready()

    async def kill(self) -> None:
        """End with nothing written down: without its connections it can neither catch up nor write."""
        assert self.ledger._pool is not None
        self.ledger._pool.terminate()
        await self.end()

    async def end(self) -> None:
        """End cleanly."""
        await self._running.__aexit__(None, None, None)

    async def fresh_totals(self) -> Totals:
        """The fold of the whole ledger, from its first row."""
        pool = await open_pool(self.ledger.dsn, size=1, command_s=10)
        totals = Totals()
        await Follower(pool, totals, None, self._replica.metrics).catch_up()
        await pool.close()
        return totals


def counted(totals: Totals) -> Counter[tuple[str, ...]]:
    """How many steps of each status, and how many clicks."""
    rows = totals.rows()
    found: Counter[tuple[str, ...]] = Counter()
    for key, row in rows["comms_messages_total"].items():
        found["step", str(key[-1])] += int(str(row[0]))
    for row in rows["comms_engagements_total"].values():
        found["click",] += int(str(row[0]))
    return found


async def ranks(dsn: str) -> dict[str, int]:
    """The rung of the ladder at which each message stands."""
    connection = await asyncpg.connect(dsn)
    try:
        return {row["message_id"]: row["rank"] for row in await connection.fetch("SELECT * FROM messages")}
    finally:
        await connection.close()


async def administer(dsn: str, commands: str) -> None:
    """Run commands on a connection of their own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(commands)
    finally:
        await connection.close()
