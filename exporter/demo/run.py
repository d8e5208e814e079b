"""The demo as a whole: an exporter, its simulated senders, and words about where to look."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from exporter.app import App
from exporter.config import Config
from exporter.demo.sender import HttpSender
from exporter.demo.settings import DemoConfigFile
from exporter.demo.signing import Signer, fresh_secrets
from exporter.demo.traffic import traffic
from exporter.demo.usage_table import grow, usage_rows
from exporter.ledger.embedded import EmbeddedPostgres

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104  # to call, not to bind


class Wish(NamedTuple):
    """What the user asked for.

    Attributes:
        seed: the same seed tells the same stories; None takes one from the clock, so that each run brings new
            messages. The messages of a seed that the data folder has seen before count as duplicates.
        rate: events a second; from 20 on, every metric moves within 15 seconds.
        for_s: how long to run; None means until stopped.
    """

    seed: int | None = None
    rate: float = 20.0
    for_s: float | None = None


async def demo(path: Path | None, environ: Mapping[str, str], wish: Wish, say: Callable[[str], None]) -> None:
    """Run until the time is over, or SIGTERM or SIGINT comes.

    Raises:
        ConfigError: the operator's configuration cannot be used.
    """
    began = datetime.now(UTC)
    seed = int(began.timestamp()) if wish.seed is None else wish.seed
    known = fresh_secrets()
    config_file = DemoConfigFile(path, environ, began, known)
    stop = _stop_on_signals()
    app = App(config_file, demo=True, fetch=known.sns.fetch)
    async with app.running():
        origin = _origin(config_file.config, app.port)
        sender = HttpSender(origin, Signer(known, origin))
        dsn = EmbeddedPostgres(Path(config_file.config.data_dir)).dsn
        say(_where_to_look(origin, config_file.config.data_dir, seed))
        async with asyncio.TaskGroup() as tasks:
            work = [
                tasks.create_task(_send(sender, seed, wish.rate)),
                tasks.create_task(grow(dsn, usage_rows(seed))),
            ]
            await _until(stop, wish.for_s)
            for task in work:
                task.cancel()
    say(_what_happened(sender))


async def _send(sender: HttpSender, seed: int, rate: float) -> None:
    await sender.until_ready()
    await sender.send(traffic(seed, datetime.now(UTC), rate))


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _until(stop: asyncio.Event, for_s: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            await stop.wait()


def _origin(config: Config, port: int) -> str:
    host = config.listen.rpartition(":")[0]
    return f"http://{_EVERYWHERE.get(host, host)}:{port}"


def _where_to_look(origin: str, data_dir: str, seed: int) -> str:
    return f"""
This is a demo: every number is simulated (comms_demo_mode is 1). Tenants: default, acme, globex.

  what is going on   {origin}/
  all metrics        {origin}/metrics

Some requests are repeated, days late, out of order, forged or cut in half, on purpose. From minute 1 a carrier fails
for acme, from minute 3 Meta rejects and pauses its templates, from minute 5 answers of default are slow, from minute 10
WhatsApp holds receipts of globex back; each ends by itself and comes back. The data is in {data_dir}, apart from
your own. The same run again: --seed {seed}
Stop with Ctrl-C.
"""


def _what_happened(sender: HttpSender) -> str:
    answers = ", ".join(f"{number:,} answered {status}" for status, number in sorted(sender.answers.items()))
    return f"Demo stopped. Requests sent: {answers or 'none'}."
