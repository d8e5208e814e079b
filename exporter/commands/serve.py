"""`comms-exporter serve`, also what runs when no command is named."""

from __future__ import annotations

import argparse

import uvloop

from exporter.app import serve
from exporter.commands.command import Command
from exporter.commands.configured import config_file


def _run(chosen: argparse.Namespace) -> int:
    uvloop.run(serve(config_file(chosen)))
    return 0


SERVE = Command("serve", "receive, store and publish (the default)", _run)
