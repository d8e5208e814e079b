"""`comms-exporter logs`: what the log rules make of each line of a file."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from exporter.commands.command import Command
from exporter.commands.configured import config_file
from exporter.commands.log_lines import FORMATS, explain


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--explain", type=Path, required=True, metavar="FILE", help="lines to try; - for standard input"
    )
    parser.add_argument("--format", choices=tuple(FORMATS), default="ndjson", help="default: ndjson")


def _run(chosen: argparse.Namespace) -> int:
    rules = tuple(config_file(chosen).config.logs)
    try:
        body = sys.stdin.buffer.read() if chosen.explain == Path("-") else chosen.explain.read_bytes()
    except OSError as error:
        print(f"{chosen.explain} cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    for story in explain(rules, chosen.format, body, datetime.now(UTC)):
        print(story)
    return 0


LOGS = Command("logs", "say of each line of a log what the rules make of it", _run, _add_options)
