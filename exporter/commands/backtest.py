"""`comms-exporter backtest`: history is played through proposed thresholds."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

from exporter.backtest.command import add_options, backtest
from exporter.commands.command import Command
from exporter.commands.configured import config_file


def _run(chosen: argparse.Namespace) -> int:
    config = config_file(chosen).config
    print(*asyncio.run(backtest(chosen, config, datetime.now(UTC))), sep="\n")
    return 0


BACKTEST = Command("backtest", "play history through proposed thresholds", _run, add_options)
