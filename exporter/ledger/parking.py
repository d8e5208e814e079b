"""What could not be counted is kept with its raw bytes and a reason."""

from __future__ import annotations

from typing import NamedTuple

from exporter.errors import Reason
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement

_RAW_BYTES = 65_536


class ParkedEvent(NamedTuple):
    """An event or body set aside; `raw` is cut at 64 KiB."""

    tenant: str
    source: str
    reason: Reason
    detail: str
    raw: bytes


async def park(pool: Pool, events: list[ParkedEvent], limit: int) -> None:
    """Keep what could not be counted, on disk when this returns; the same bytes twice are one row.

    Raises:
        LedgerUnavailable: not kept; asking again is safe.
    """
    columns = [
        (tenant, source, reason.value, detail.replace("\x00", ""), raw[:_RAW_BYTES])
        for tenant, source, reason, detail, raw in events
    ]
    async with passing_errors():
        await pool.execute(statement("park"), *map(list, zip(*columns, strict=True)), limit)
