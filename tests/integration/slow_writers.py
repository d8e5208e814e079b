"""Writers that hold their transactions open while scans run, so that rows appear behind those already read."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import asyncpg

from exporter.scans.scan import Scan

_WRITERS = 4
_ROWS_EACH = 14
_HELD_S = 0.02
_ROLLED_BACK_RATIO = 0.15


async def scan_beside_writers(
    scans: Sequence[Scan], dsn: str, insert: str, *values: Any, luck: random.Random
) -> int:
    """Scan until the last writer is done; how many rows were committed, some of them not yet read."""
    writers = [await asyncpg.connect(dsn) for _ in range(_WRITERS)]
    working = asyncio.gather(*(_write(writer, insert, values, luck) for writer in writers))
    while not working.done():
        await asyncio.gather(*(scan.run() for scan in scans))
    committed = await working
    for writer in writers:
        await writer.close()
    return sum(committed)


async def _write(
    connection: asyncpg.Connection[asyncpg.Record], insert: str, values: Sequence[Any], luck: random.Random
) -> int:
    committed = 0
    for _ in range(_ROWS_EACH):
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(insert, *values)
        await asyncio.sleep(luck.random() * _HELD_S)
        if luck.random() < _ROLLED_BACK_RATIO:
            await transaction.rollback()
        else:
            await transaction.commit()
            committed += 1
    return committed
