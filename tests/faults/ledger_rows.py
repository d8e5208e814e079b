"""What the ledger really holds, asked of PostgreSQL itself."""

from __future__ import annotations

from collections import Counter

import asyncpg
import msgspec
from prometheus_client import CollectorRegistry

from exporter.event import AnyEvent, Message
from exporter.exposition import Exposition
from exporter.ledger.connection import open_pool
from exporter.ledger.follower import Follower
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals
from tests.faults.senders import Identity

_decode = msgspec.json.Decoder(AnyEvent).decode


async def stored(dsn: str) -> Counter[Identity]:
    """How often each event is in the ledger."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT data FROM events")
    finally:
        await connection.close()
    return Counter(_identity(_decode(row["data"])) for row in rows)


async def fresh_page(dsn: str) -> str:
    """The metrics page of a fold that begins at the ledger's first row."""
    pool = await open_pool(dsn, size=1, command_s=30)
    totals = Totals()
    await Follower(pool, totals, None, SelfMetrics(CollectorRegistry(), lambda: 0.0)).catch_up()
    await pool.close()
    pieces = Exposition(totals, CollectorRegistry()).pieces(openmetrics=False, gzip=False)
    return b"".join(pieces).decode()


def _identity(event: AnyEvent) -> Identity:
    if isinstance(event, Message):
        return (event.message_id or "", event.status.value)
    return (event.event_id,)
