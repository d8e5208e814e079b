"""The command line."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from exporter.commands import COMMANDS
from exporter.commands.configured import path_of
from exporter.errors import ConfigError, ExporterError


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the first when none is named. The answer is the exit status."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=chosen.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    try:
        return int(chosen.run(chosen))
    except ConfigError as error:
        print(f"{path_of(chosen)} cannot be used:", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
    except (ExporterError, ExceptionGroup) as error:
        leaves = list(_leaves(error))
        if not all(isinstance(leaf, ExporterError | OSError) for leaf in leaves):
            raise
        print(*leaves, sep="\n", file=sys.stderr)
    return 1


def _leaves(error: Exception) -> Iterator[Exception]:
    """The errors in a group of groups: tasks that run together fail together."""
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="comms-exporter", description=__doc__)
    parser.add_argument(
        "--config", type=Path, help="configuration file (default: COMMS_CONFIG or config.yaml)"
    )
    parser.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    parser.set_defaults(run=COMMANDS[0].run)
    words = parser.add_subparsers(metavar="command")
    for command in COMMANDS:
        options = words.add_parser(command.name, help=command.help)
        command.add_options(options)
        options.set_defaults(run=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
