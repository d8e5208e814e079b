"""How far each scan is: written with the events of what was read, and only over the version it was read at."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from exporter.errors import ScanMoved
from exporter.ledger.connection import Connection, Pool, passing_errors
from exporter.ledger.statement import statement


class Move(NamedTuple):
    """A step of a scan.

    Attributes:
        scan: the cursor's name.
        state: where the scan stands after the step, as JSON.
        version: of the cursor before the step; the step makes it one more.
        opened: keys of rows that may change, and the time of each.
        closed: keys of rows that are not read again.
    """

    scan: str
    state: str
    version: int
    opened: tuple[tuple[str, datetime], ...] = ()
    closed: tuple[str, ...] = ()


async def read_cursor(pool: Pool, scan: str) -> tuple[str, int]:
    """The state of a scan as JSON, and its version; version 0 when it never ran.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        row = await pool.fetchrow(statement("read_cursor"), scan)
    return ("{}", 0) if row is None else (row["state"], row["version"])


async def open_rows(pool: Pool, scan: str, after: str, limit: int) -> list[tuple[str, datetime]]:
    """Keys of rows that may change, in their order, and the time of each.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        rows = await pool.fetch(statement("open_rows"), scan, after, limit)
    return [(row["key"], row["at"]) for row in rows]


async def forget_oldest_open_rows(pool: Pool, scan: str, kept: int) -> int:
    """Keep the newest rows that may change; the answer is how many were forgotten.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        return int(await pool.fetchval(statement("forget_oldest_open_rows"), scan, kept))


async def write_move(connection: Connection, move: Move) -> None:
    """Take a step, inside the transaction that stores its events.

    Raises:
        ScanMoved: another replica was faster.
    """
    written = await connection.fetchval(statement("write_cursor"), move.scan, move.state, move.version)
    if written is None:
        raise ScanMoved(f"another replica moved the scan {move.scan}")
    if move.opened:
        keys, times = map(list, zip(*move.opened, strict=True))
        await connection.execute(statement("keep_open_rows"), move.scan, keys, times)
    if move.closed:
        await connection.execute(statement("forget_open_rows"), move.scan, list(move.closed))
