"""What a user was sent and what became of it, from the state of each message; messages to users only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from exporter.ledger.connection import Pool, passing_errors
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


async def history(pool: Pool, tenant: str, user: str, limit: int) -> list[dict[str, Any]]:
    """The newest messages to a user, newest first.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        rows = await pool.fetch(statement("communication_history"), tenant, user, limit)
    return [dict(row) for row in rows]


async def stats(pool: Pool, selection: Selection) -> dict[str, Any]:
    """Totals of messages; the rates are None where there is no message.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        row = await pool.fetchrow(statement("communication_stats"), *selection, _DELIVERED, _OPENED)
    return dict(row or {})
