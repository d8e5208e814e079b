"""`comms-exporter replay`: the kept events are folded anew, and compared with the checkpoint."""

from __future__ import annotations

import argparse
import asyncio

from exporter.commands.command import Command
from exporter.commands.configured import config_file, ledger_dsn
from exporter.commands.progress import progress
from exporter.ledger.replay import Replay, replay


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="replace a checkpoint that differs")


def _run(chosen: argparse.Namespace) -> int:
    config, show = config_file(chosen).config, progress()

    def done(seq: int, last: int) -> None:
        show(f"replay {seq / last:4.0%}")

    found = asyncio.run(
        replay(ledger_dsn(config), config.limits.series_per_metric, write=chosen.write, show=done)
    )
    _say(found)
    return 0 if found.is_written or not found.different else 1


def _say(found: Replay) -> None:
    print(f"{found.entries:,} events folded")
    if not found.is_whole:
        print("older events are gone: the checkpoint alone has them, and stays")
    elif not found.different:
        print("the totals are what the ledger says")
    else:
        print(f"different: {', '.join(found.different)}")
        print("replaced; start the exporter again" if found.is_written else "not replaced")


REPLAY = Command("replay", "fold the kept events anew, and compare with the totals", _run, _add_options)
