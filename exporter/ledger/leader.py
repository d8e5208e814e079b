"""One replica at a time runs the scheduled work: whoever holds an advisory lock of the ledger."""

from __future__ import annotations

import asyncio
import logging

from exporter.errors import LedgerUnavailable
from exporter.ledger.connection import Connection, connect, passing_errors
from exporter.ledger.statement import statement
from exporter.selfmetrics import SelfMetrics

log = logging.getLogger(__name__)

_LOOK_S = 1.0


class Leader:
    """Whether this process leads.

    The lock belongs to a session: the server frees it when the session ends, and the holder notices at its next
    look. What a leader writes is guarded by compare-and-set, so the moment between the two does no harm.
    """

    def __init__(self, metrics: SelfMetrics) -> None:
        self._metrics = metrics
        self._leads = False

    @property
    def leads(self) -> bool:
        """True while this process holds the lock."""
        return self._leads

    async def run(self, dsn: str) -> None:
        """Take the lock when it is free and watch over it; runs until cancelled."""
        while True:
            try:
                connection = await connect(dsn, application="leader", command_s=_LOOK_S)
                try:
                    await self._hold(connection)
                finally:
                    connection.terminate()
            except LedgerUnavailable:
                self._set(False)
            await asyncio.sleep(_LOOK_S)

    async def _hold(self, connection: Connection) -> None:
        try:
            while True:
                async with passing_errors():
                    held = self._leads and await connection.fetchval("SELECT true")
                    self._set(held or await connection.fetchval(statement("try_lead")))
                await asyncio.sleep(_LOOK_S)
        finally:
            self._set(False)

    def _set(self, leads: bool) -> None:
        if leads != self._leads:
            log.info("leading" if leads else "not leading")
        self._leads = leads
        self._metrics.leader.set(leads)
