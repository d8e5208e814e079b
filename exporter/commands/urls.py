"""`comms-exporter urls`: the address to register with each sender."""

from __future__ import annotations

import argparse
import sys

from exporter.commands.command import Command
from exporter.commands.configured import config_file
from exporter.sources import build

_NO_ADDRESS = "https://your-address"


def _run(chosen: argparse.Namespace) -> int:
    config = config_file(chosen).config
    if config.public_url is None:
        print(f"public_url is not set: set it, or read your own for {_NO_ADDRESS}", file=sys.stderr)
    for source in build(config.sources, config.logs):
        for path in (path for path in source.paths if "{" not in path):
            print(f"{source.name:10} {config.public_url or _NO_ADDRESS}{path}{source.url_fragment}")
    return 0


URLS = Command("urls", "list the address to register with each sender", _run)
