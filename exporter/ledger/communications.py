"""Totals of messages to users, from the state of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from exporter.ledger.connection import PoolConnection
from exporter.ledger.statement import statement
from exporter.vocabulary import BIT, Status

_OPENED = BIT[Status.READ] | BIT[Status.PLAYED]
_DELIVERED = BIT[Status.DELIVERED] | _OPENED


class Selection(NamedTuple):
    """Which messages; None takes all, and `start` <= when a message began < `end`, both aware."""

    tenant: str
    user: str | None = None
    message_type: str | None = None
    channel: str | None = None
    start: datetime | None = None
    end: datetime | None = None


async def stats(connection: PoolConnection, selection: Selection) -> dict[str, Any]:
    """Totals of messages; the rates are None where there is no message."""
    row = await connection.fetchrow(statement("communication_stats"), *selection, _DELIVERED, _OPENED)
    return dict(row or {})
