"""Totals kept in the ledger with the place they stand for, so that a start reads only what came after."""

from __future__ import annotations

import logging
from datetime import datetime
from time import time

from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals

log = logging.getLogger(__name__)


async def load_totals(pool: Pool, limit: int) -> tuple[Totals, datetime | None]:
    """The totals of the last checkpoint and when it was written; empty ones when there is none.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        row = await pool.fetchrow(statement("read_checkpoint"))
    if row is None:
        return Totals(limit), None
    totals = Totals.load(row["state"], limit)
    if totals.dropped:
        log.warning("left out of the checkpoint, changed since: %s", ", ".join(totals.dropped))
    return totals, row["written_at"]


class Checkpoint:
    """Writes totals by compare-and-set on the cursor: a stale replica can never overwrite a newer one."""

    def __init__(self, pool: Pool, totals: Totals, metrics: SelfMetrics) -> None:
        self._pool = pool
        self._totals = totals
        self._metrics = metrics
        self._stored_seq: int = totals.seq

    @property
    def seq(self) -> int:
        """The place of the newest checkpoint known here."""
        return self._stored_seq

    async def write(self) -> bool:
        """Keep the totals as they are now; False when there is nothing new or another replica was ahead.

        Raises:
            LedgerUnavailable: the ledger does not answer; the old checkpoint stands.
        """
        seq = self._totals.seq
        if seq == self._stored_seq:
            self._metrics.checkpoint_timestamp.set(time())
            return False
        state = self._totals.dump()
        async with passing_errors():
            written = await self._pool.fetchval(statement("write_checkpoint"), seq, state, self._stored_seq)
            if written is None:
                self._stored_seq = await self._pool.fetchval(statement("checkpoint_seq"))
                return False
        self._stored_seq = seq
        self._metrics.checkpoint_timestamp.set(time())
        return True
