"""`comms-exporter serve`, also what runs when no command is named."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
from collections.abc import Callable

import uvloop

from exporter.app import App
from exporter.commands.command import Command
from exporter.commands.configured import config_file
from exporter.config import ConfigFile
from exporter.errors import ConfigError

log = logging.getLogger(__name__)


def _run(chosen: argparse.Namespace) -> int:
    uvloop.run(_serve(config_file(chosen)))
    return 0


async def _serve(file: ConfigFile) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP loads the configuration again."""
    stop = asyncio.Event()
    app = App(file)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, _quietly(app.reload))
    async with app.running():
        # What lives as long as the process need not be looked at again by each collection.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        await stop.wait()
        log.info("stopping")


def _quietly(reload: Callable[[], None]) -> Callable[[], None]:
    def on_signal() -> None:
        try:
            reload()
        except ConfigError:
            log.debug("the refusal has been logged and counted")

    return on_signal


SERVE = Command("serve", "receive, store and publish (the default)", _run)
