"""Messages of a user, a page at a time, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from exporter.ledger.connection import PoolConnection
from exporter.ledger.statement import statement


class Place(NamedTuple):
    """Where a page ends: the next one begins behind it."""

    first_at: datetime
    message_id: str


class Wanted(NamedTuple):
    """Whose messages; None takes every channel, and both directions."""

    tenant: str
    user: str
    channel: str | None = None
    direction: str | None = None


async def messages_of(
    connection: PoolConnection, wanted: Wanted, behind: Place, limit: int
) -> list[dict[str, Any]]:
    """The messages behind a place, at most so many; the state of each, never its text or addresses."""
    rows = await connection.fetch(statement("messages_of_user"), *wanted, *behind, limit)
    return [dict(row) for row in rows]
