"""The ledger for a command that writes, beside the exporter if one runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from exporter.config import ConfigFile
from exporter.errors import LedgerUnavailable
from exporter.ledger.ledger import Ledger
from exporter.storage import Storage

_READY_S = 600.0
_POLL_S = 0.05


@asynccontextmanager
async def ready_ledger(config_file: ConfigFile, dsn: str | None) -> AsyncIterator[tuple[Storage, Ledger]]:
    """The ledger with what stores in it, once events can be taken and priced.

    `dsn` is the ledger of the exporter that runs; None starts the embedded one.

    Raises:
        LedgerUnavailable: it does not answer, or is not ready within ten minutes.
    """
    storage = Storage(config_file)
    async with storage.running(dsn) as (ledger, _):
        await _until_ready(storage)
        yield storage, ledger


async def _until_ready(storage: Storage) -> None:
    for _ in range(int(_READY_S / _POLL_S)):
        if storage.ready():
            return
        await asyncio.sleep(_POLL_S)
    raise LedgerUnavailable("the ledger is not ready")
