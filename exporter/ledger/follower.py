"""Everything committed reaches the totals: by catching up with the ledger, and in no other way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from exporter.errors import LedgerUnavailable
from exporter.event import Entry
from exporter.ledger.connection import Pool
from exporter.ledger.entries import FIRST, PAGE_EVENTS, page
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals

log = logging.getLogger(__name__)

_WAITING_EVENTS = 20_000
"""Held in memory at most while a gap before them is read; beyond that they are read back like any other."""
_GATHER_S = 0.01
"""Commits come every few milliseconds under load: one may fill the gap of another, or they are read together."""


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
        self._waiting: dict[int, Entry] = {}
        self.newest_seq = totals.seq

    def committed(self, entries: list[Entry]) -> None:
        """Hear what this process has just committed.

        Numbers that follow the cursor without a gap leave no room for a row of anybody else: such entries are
        the next of the ledger and need not be read back. Those behind a gap wait until it is filled.
        """
        self._waiting.update((entry.seq, entry) for entry in entries if entry.seq > self._totals.seq)
        self.newest_seq = max(self.newest_seq, *(entry.seq for entry in entries))
        if not self._lock.locked():
            self._fold_waiting()
        if self._waiting:
            self._wake.set()
        if len(self._waiting) > _WAITING_EVENTS:
            self._waiting.clear()
        self._show_lag()

    async def catch_up(self) -> int:
        """Fold everything committed until now; the answer is how many.

        Raises:
            LedgerUnavailable: the ledger does not answer; what was folded stays folded.
        """
        folded = 0
        async with self._lock:
            while True:
                folded += self._fold_waiting()
                limit = self._page_events()
                entries = await page(self._pool, self._totals.seq, self._received_at, limit)
                folded += self._fold(entries)
                if len(entries) < limit:
                    break
                await asyncio.sleep(0)
            folded += self._fold_waiting()
        self.newest_seq = max(self.newest_seq, self._totals.seq)
        self._show_lag()
        return folded

    def _page_events(self) -> int:
        """As many as could be missing before those that wait."""
        gap = min(self._waiting) - self._totals.seq - 1 if self._waiting else PAGE_EVENTS
        return max(1, min(gap, PAGE_EVENTS))

    def seen(self, seq: int) -> None:
        """Hear how far the ledger reaches: without it, nobody who cannot read it would know what is missing."""
        if seq > self.newest_seq:
            self.newest_seq = seq
            self._wake.set()
            self._show_lag()

    def _fold_waiting(self) -> int:
        """Fold what follows the cursor without a gap."""
        ready: list[Entry] = []
        seq = self._totals.seq + 1
        while (entry := self._waiting.get(seq)) is not None:
            ready.append(entry)
            seq += 1
        return self._fold(ready)

    def _fold(self, entries: list[Entry]) -> int:
        if entries:
            self._totals.fold(entries)
            self._received_at = entries[-1].received_at
        for folded in entries:
            self._waiting.pop(folded.seq, None)
        return len(entries)

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
                    await self._gap()

    async def _gap(self) -> None:
        """Wait until something is missing, and still is a moment later."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(_GATHER_S)
            if self.newest_seq > self._totals.seq:
                return
            self._wake.clear()

    def _show_lag(self) -> None:
        self._metrics.follower_lag.set(self.newest_seq - self._totals.seq)
