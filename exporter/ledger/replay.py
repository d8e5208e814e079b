"""The kept events folded anew, and compared with the checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from exporter.ledger.checkpoint import load_totals
from exporter.ledger.connection import Pool, open_pool, passing_errors
from exporter.ledger.entries import FIRST, page
from exporter.ledger.statement import statement
from exporter.totals import Totals

_COMMAND_S = 60.0


class Replay(NamedTuple):
    """What came of it.

    Attributes:
        entries: how many were folded.
        is_whole: the ledger still has its first event; else older ones are in the checkpoint only.
        different: families that differ; only a whole ledger says anything about it.
        is_written: the checkpoint was replaced.
    """

    entries: int
    is_whole: bool
    different: tuple[str, ...]
    is_written: bool = False


async def replay(
    dsn: str, series_per_metric: int, *, write: bool, show: Callable[[int, int], None]
) -> Replay:
    """Fold the events up to the checkpoint again; `show` is told how many of how many numbers are done.

    With `write`, a whole ledger's fold replaces a checkpoint that differs, unless a newer one was written meanwhile.
    An exporter that runs keeps its own totals until it is started again. Safe to repeat.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    pool = await open_pool(dsn, size=1, command_s=_COMMAND_S)
    try:
        stored, _ = await load_totals(pool, series_per_metric)
        async with passing_errors():
            first = await pool.fetchval(statement("first_seq"))
        fresh, entries = await _folded(pool, stored.seq, series_per_metric, show)
        is_whole = first == 1
        different = _different(stored, fresh) if is_whole else ()
        is_written = bool(write and different) and await _write(pool, fresh)
        return Replay(entries, is_whole, different, is_written)
    finally:
        pool.terminate()


async def _folded(
    pool: Pool, last: int, series_per_metric: int, show: Callable[[int, int], None]
) -> tuple[Totals, int]:
    totals, entries = Totals(series_per_metric), 0
    since: datetime = FIRST
    while totals.seq < last:
        found = [entry for entry in await page(pool, totals.seq, since) if entry.seq <= last]
        if not found:
            break
        totals.fold(found)
        since = found[-1].received_at
        entries += len(found)
        show(totals.seq, last)
    return totals, entries


def _different(stored: Totals, fresh: Totals) -> tuple[str, ...]:
    ours, theirs = stored.rows(), fresh.rows()
    names = [name for name in ours if ours[name] != theirs[name]]
    return tuple(names if stored.cost_days() == fresh.cost_days() else [*names, "cost_days"])


async def _write(pool: Pool, totals: Totals) -> bool:
    async with passing_errors():
        return await pool.fetchval(statement("replace_checkpoint"), totals.seq, totals.dump()) is not None
