"""How far each scan is, written only over the version it was read at."""

from __future__ import annotations

from exporter.errors import LedgerUnavailable
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement


async def read_cursor(pool: Pool, scan: str) -> tuple[str, int]:
    """The state of a scan as JSON, and its version; version 0 when it never ran.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        row = await pool.fetchrow(statement("read_cursor"), scan)
    return ("{}", 0) if row is None else (row["state"], row["version"])


async def write_cursor(pool: Pool, scan: str, state: str, version: int) -> int:
    """Move a scan from `version` to the next, and answer that.

    Raises:
        LedgerUnavailable: the ledger does not answer, or another replica moved the scan first.
    """
    async with passing_errors():
        written: int | None = await pool.fetchval(statement("write_cursor"), scan, state, version)
    if written is None:
        raise LedgerUnavailable(f"another replica moved the scan {scan}")
    return written
