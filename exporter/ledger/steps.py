"""Which steps of a message the ledger has counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement
from exporter.vocabulary import BIT, Status


class Steps(NamedTuple):
    """What the ledger knows of a message: whose it is, and the statuses seen, as bits of BIT."""

    tenant: str
    seen: int

    def has(self, status: Status) -> bool:
        """Whether a status was counted."""
        return bool(self.seen & BIT[status])


async def steps_seen(pool: Pool, provider: str, message_ids: Sequence[str]) -> dict[str, Steps]:
    """The steps of those messages that are known, whatever their tenant; of two tenants the one first told.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        rows = await pool.fetch(statement("steps_seen"), message_ids, provider)
    return {row["message_id"]: Steps(row["tenant"], row["seen"]) for row in rows}
