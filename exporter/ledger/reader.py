"""Reading for the API: connections of their own, which see the rows of one tenant only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from exporter.ledger.connection import Pool, PoolConnection, keep_session, passing_errors
from exporter.ledger.statement import statement

_CONNECT_S = 3.0


class Reader:
    """A pool for reading that never takes a connection from those who write.

    Args:
        size: how many may read at once; the next one waits, at most `wait_s`.
        statement_s: how long one query may take.
    """

    def __init__(self, dsn: str, *, size: int, statement_s: float, wait_s: float = 5.0) -> None:
        self._dsn = dsn
        self._size = size
        self._statement_s = statement_s
        self._wait_s = wait_s
        self._pool: Pool | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Reader]:
        """Let the pool be used while the block lasts; it connects when it is first asked."""
        async with passing_errors():
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=0,
                max_size=self._size,
                timeout=_CONNECT_S,
                command_timeout=self._statement_s + 1,
                server_settings={
                    "application_name": "comms-exporter api",
                    "default_transaction_read_only": "on",
                    "jit": "off",
                    "statement_timeout": str(int(self._statement_s * 1000)),
                },
                reset=keep_session,
            )
        try:
            yield self
        finally:
            self._pool.terminate()

    @asynccontextmanager
    async def of(self, tenant: str | None) -> AsyncIterator[PoolConnection]:
        """A snapshot of what a tenant may see, or of everything for None.

        Raises:
            LedgerUnavailable: the ledger does not answer, or too many read already.
        """
        pool = self._pool
        if pool is None:
            raise RuntimeError("the reader is not open")
        async with (
            passing_errors(),
            pool.acquire(timeout=self._wait_s) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute(statement("read_as"), tenant or "", "on" if tenant is None else "off")
            yield connection
