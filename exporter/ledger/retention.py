"""Partitions are made ahead and dropped when old; what was counted stays in the totals."""

from __future__ import annotations

from exporter.config import RetentionConfig
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement

_AHEAD_DAYS = 4


async def keep_partitions(pool: Pool) -> None:
    """Have a partition for yesterday, today and the next days."""
    async with passing_errors():
        await pool.execute(statement("keep_partitions"), _AHEAD_DAYS)


async def prune(pool: Pool, config: RetentionConfig, counted_seq: int) -> int:
    """Drop whole days of events that totals and rollups have behind them, and whatever else is old.

    Returns:
        How many days of events were dropped.

    Raises:
        LedgerUnavailable: the ledger does not answer; the next run goes on.
    """
    async with passing_errors():
        dropped: int = await pool.fetchval(statement("drop_partitions"), config.events_days, counted_seq)
        for name, days in (
            ("prune_keys", config.messages_days),
            ("prune_messages", config.messages_days),
            ("prune_threads", config.messages_days),
            ("prune_conversations", config.messages_days),
            ("prune_parked", config.parked_days),
            ("prune_pages", config.messages_days),
        ):
            while await pool.execute(statement(name), days) != "DELETE 0":
                pass
    return dropped
