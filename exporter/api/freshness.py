"""How old the numbers of an answer are, and whose they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.endpoint import Asked
from exporter.ledger.connection import PoolConnection
from exporter.ledger.ledger import Ledger
from exporter.ledger.rollup_query import Owner
from exporter.ledger.rollups import rolled_up


class Fresh(Answer):
    """An answer that shows numbers."""

    as_of: datetime = Field(description="When the sums were last brought to the ledger's end.")
    lag_events: int = Field(description="Events that are stored and not in the sums yet.")


async def freshness(ledger: Ledger, connection: PoolConnection | None = None) -> dict[str, Any]:
    """The fields of Fresh; of what a connection sees, where the numbers are read by one.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    seq, as_of = await (ledger.rolled_up() if connection is None else rolled_up(connection))
    return {"as_of": as_of, "lag_events": max(0, ledger.newest_seq - seq)}


def owner_of(asked: Asked, outlet: str | None = None) -> Owner:
    """Whose sums: a user's own, else the tenant's or one of its outlets', or those of all for an admin of none."""
    if asked.caller.role is Role.USER:
        return Owner(asked.one_tenant, user=asked.caller.user)
    return Owner(asked.tenant if outlet is None else asked.one_tenant, outlet=outlet)
