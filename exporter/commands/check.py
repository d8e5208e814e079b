"""`comms-exporter check`: everything that is wrong with the configuration, at once."""

from __future__ import annotations

import argparse
import asyncio
import sys

from exporter.commands.command import Command
from exporter.commands.configured import config_file, path_of, running_dsn
from exporter.config import Config
from exporter.errors import ConfigError, Problem
from exporter.pricing.price_lists import read_lists
from exporter.scans.fit import fit


def _run(chosen: argparse.Namespace) -> int:
    config = config_file(chosen).config
    read_lists(config.pricing)
    asyncio.run(_check_scans(config))
    print(f"{path_of(chosen)} is good")
    return 0


async def _check_scans(config: Config) -> None:
    found: list[Problem] = []
    for scan in config.scans:
        url = scan.database_url.get_secret_value() if scan.database_url else running_dsn(config)
        if url is not None:
            problems, warnings = await fit(scan, url)
            found += problems
            for warning in warnings:
                print(f"warning: {warning}", file=sys.stderr)
    if found:
        raise ConfigError(found)


CHECK = Command("check", "validate the configuration and list every problem", _run)
