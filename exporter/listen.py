"""Where the exporter listens, and how long it waits for whom."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

log = logging.getLogger(__name__)

_KEEPALIVE_S = 15.0  # also how long request headers may take
_LINGER_S = 1.0
_SHUTDOWN_S = 10.0
_BACKLOG = 1024


class _WithoutWhatWasSent(logging.Filter):
    """aiohttp would log the line that it could not read, and that may hold a token or somebody's number."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = "a request was no HTTP: %s", (type(error).__name__,)
            record.exc_info = None
            # Scanners send such things all day.
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True


log.addFilter(_WithoutWhatWasSent())


@asynccontextmanager
async def listening(application: web.Application, address: str) -> AsyncIterator[int]:
    """Answer until the block ends, and finish what was begun; yields the port, which 0 leaves to the system."""
    runner = web.AppRunner(
        application,
        access_log=None,
        logger=log,
        # We unpack bodies ourselves, where the size is known and allowed.
        auto_decompress=False,
        keepalive_timeout=_KEEPALIVE_S,
        lingering_time=_LINGER_S,
        shutdown_timeout=_SHUTDOWN_S,
    )
    await runner.setup()
    try:
        host, _, port = address.rpartition(":")
        await web.TCPSite(runner, host.strip("[]"), int(port), backlog=_BACKLOG).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
