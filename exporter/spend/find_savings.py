"""Looks through the ledger for money that could be saved."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from exporter.ledger.waste import read_waste
from exporter.pricing.llm import LlmPrices
from exporter.spend.savings import WINDOW_DAYS, Saving, savings


async def find_savings(dsn: str, prices: LlmPrices, now: datetime) -> list[Saving]:
    """Every hint of the last WINDOW_DAYS days, or as far back as events are kept; the most money first.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    waste = await read_waste(dsn, now - timedelta(days=WINDOW_DAYS))
    return await asyncio.to_thread(savings, waste, prices, now)
