"""Everything committed reaches the totals: by catching up with the ledger, and in no other way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import itemgetter

import msgspec

from exporter.errors import LedgerUnavailable
from exporter.event import AnyEvent, Entry
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement
from exporter.ledger.write import entry
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals

log = logging.getLogger(__name__)

_PAGE_EVENTS = 500
_GATHER_S = 0.01
"""Commits come every few milliseconds under load; reading them together costs less."""
_seq = itemgetter(0)
_decode = msgspec.json.Decoder(AnyEvent).decode
# The clock that dates partitions may step back; rows later than the cursor are looked for from this much earlier on.
_CLOCK_SLACK = timedelta(days=1)
FIRST = datetime(1, 1, 2, tzinfo=UTC) + _CLOCK_SLACK
"""Before every entry."""


class Follower:
    """Folds the ledger in seq order, which is commit order, so that no row is skipped.

    Attributes:
        newest_seq: the last entry that is known to be stored.
    """

    def __init__(self, pool: Pool, totals: Totals, since: datetime | None, metrics: SelfMetrics) -> None:
        self._pool = pool
        self._totals = totals
        self._received_at = since or FIRST
        self._metrics = metrics
        self._wake = asyncio.Event()
        self._lock = asyncio.Lock()
        self.newest_seq = totals.seq

    def committed(self, entries: list[Entry]) -> None:
        """Hear what this process has just committed.

        Numbers that follow the cursor without a gap leave no room for a row of anybody else: such entries are
        the next page of the ledger and need not be read back.
        """
        entries = sorted(entries, key=_seq)
        seqs = [entry.seq for entry in entries]
        start = self._totals.seq + 1
        if not self._lock.locked() and seqs == list(range(start, start + len(seqs))):
            self._totals.fold(entries)
            self._received_at = entries[-1].received_at
        else:
            self._wake.set()
        self.newest_seq = max(self.newest_seq, seqs[-1])
        self._show_lag()

    async def catch_up(self) -> int:
        """Fold everything committed until now; the answer is how many.

        Raises:
            LedgerUnavailable: the ledger does not answer; what was folded stays folded.
        """
        folded = 0
        async with self._lock:
            while True:
                entries = await self._read()
                self._totals.fold(entries)
                folded += len(entries)
                if len(entries) < _PAGE_EVENTS:
                    break
                await asyncio.sleep(0)
        self.newest_seq = max(self.newest_seq, self._totals.seq)
        self._show_lag()
        return folded

    async def fill_in(self) -> None:
        """Fold what the ledger still has before the checkpoint into the families that the checkpoint lacks.

        Raises:
            LedgerUnavailable: the ledger does not answer; ask again.
        """
        if not self._totals.missing:
            return
        async with self._lock:
            log.info("folding the ledger again for metrics that are new: %s", ", ".join(self._totals.missing))
            history = Totals(self._totals.series_per_metric)
            since = FIRST
            while entries := await page(self._pool, history.seq, since):
                history.fold(entry for entry in entries if entry.seq <= self._totals.seq)
                if entries[-1].seq >= self._totals.seq:
                    break
                since = entries[-1].received_at
            self._totals.adopt(history)

    async def run(self, interval_s: Callable[[], float]) -> None:
        """Catch up after each commit here, and in intervals for those of other replicas."""
        while True:
            self._wake.clear()
            try:
                await self.catch_up()
            except LedgerUnavailable as error:
                log.debug("follower waits for the ledger", extra={"error": str(error)})
                await asyncio.sleep(interval_s())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(interval_s()):
                    await self._wake.wait()
                    await asyncio.sleep(_GATHER_S)

    def _show_lag(self) -> None:
        self._metrics.follower_lag.set(self.newest_seq - self._totals.seq)

    async def _read(self) -> list[Entry]:
        entries = await page(self._pool, self._totals.seq, self._received_at)
        if entries:
            self._received_at = entries[-1].received_at
        return entries


async def page(pool: Pool, seq: int, since: datetime, limit: int = _PAGE_EVENTS) -> list[Entry]:
    """The entries behind one, received since then, at most so many.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        rows = await pool.fetch(statement("read_after"), seq, since - _CLOCK_SLACK, limit)
    return [
        entry(seq, source, _decode(data), received_at, *facts)
        for seq, source, received_at, *facts, data in rows
    ]
