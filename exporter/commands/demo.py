"""`comms-exporter demo`: everything at work, with simulated senders."""

from __future__ import annotations

import argparse
import os
from functools import partial

import uvloop

from exporter.commands.argument_types import above_zero
from exporter.commands.command import Command


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, help="tell the same stories again (default: from the clock)")
    parser.add_argument("--rate", type=above_zero, default=20.0, metavar="EVENTS_PER_S", help="default: 20")
    parser.add_argument(
        "--for", type=above_zero, dest="for_s", metavar="SECONDS", help="default: until stopped"
    )


def _run(chosen: argparse.Namespace) -> int:
    # Not at the top: no other command may load the simulated senders.
    from exporter.demo.run import Wish, demo

    wish = Wish(chosen.seed, chosen.rate, chosen.for_s)
    uvloop.run(demo(chosen.config, os.environ, wish, partial(print, flush=True)))
    return 0


DEMO = Command("demo", "serve with simulated senders, apart from your own data", _run, _add_options)
