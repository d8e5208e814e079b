"""`comms-exporter savings`: what could be saved, by the ledger of a running exporter."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

from exporter.commands.command import Command
from exporter.commands.configured import config_file, ledger_dsn
from exporter.errors import LedgerUnavailable
from exporter.pricing.price_lists import read_lists
from exporter.spend.find_savings import find_savings
from exporter.spend.savings import WINDOW_DAYS


def _run(chosen: argparse.Namespace) -> int:
    config = config_file(chosen).config
    try:
        found = asyncio.run(
            find_savings(ledger_dsn(config), read_lists(config.pricing).llm, datetime.now(UTC))
        )
    except LedgerUnavailable as error:
        raise LedgerUnavailable(f"no answer from the ledger; is the exporter running? {error}") from None
    for saving in found:
        print(f"{saving.amount_usd:12.2f} USD  {saving.tenant}  {saving.hint}  {saving.reason}")
    if not found:
        print(f"nothing to save in the last {WINDOW_DAYS} days")
    return 0


SAVINGS = Command("savings", "say what could be saved, by the ledger of a running exporter", _run)
