"""`comms-exporter scan`: a scan is run now, or a question about scans is answered."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import uvloop

from exporter.commands.command import Command
from exporter.commands.configured import config_file, ledger_dsn, running_dsn
from exporter.commands.progress import progress
from exporter.commands.scan_now import scan_now
from exporter.commands.scan_questions.options import add_options as add_questions
from exporter.commands.scan_questions.options import answers


def _add_options(parser: argparse.ArgumentParser) -> None:
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("name", nargs="?", help="of a scan in the configuration, to run it now")
    add_questions(parser, asked)
    parser.add_argument(
        "--since",
        type=_day,
        metavar="DATE",
        help="fill in back to that day (UTC); of a table never read, leave out what is older",
    )


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day such as 2026-11-20") from None


def _run(chosen: argparse.Namespace) -> int:
    file = config_file(chosen)
    if chosen.name is None:
        asyncio.run(_say(answers(chosen, file.config, partial(ledger_dsn, file.config))))
    else:
        uvloop.run(scan_now(file, chosen.name, chosen.since, running_dsn(file.config), progress()))
    return 0


async def _say(lines: AsyncIterator[str]) -> None:
    async for line in lines:
        print(line, flush=True)


SCAN = Command("scan", "run a scan now, or say what it would do", _run, _add_options)
