"""Webhooks while somebody scrapes a large page: does one hold up the other?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.bench import payload
from tests.bench.cores import on_load_core
from tests.bench.effort import Effort, middle
from tests.bench.load import Load, load
from tests.bench.report import Aim, Result, Table
from tests.bench.scrape import SERIES_LIMIT, add_tenants
from tests.bench.server import Server, exporter

_TENANTS = 10_000
_CONNECTIONS = 64
_CAPACITY_REQUESTS = 20_000
_RUN_S = 4
_STOP_LIMIT_S = 5
_NOTE = (
    f"Signed Twilio forms at half of the durable rate, {_CONNECTIONS} connections, each for one of {_TENANTS:,} "
    "tenants at random, so that nearly every line of the page's 100,000 series is written anew for each scrape. One "
    "scrape a second, compressed, by a process of low priority on the load generator's core; runs with and without "
    "take turns."
)
_HEADER = ("scrapes", "p50 ms", "p99 ms", "events/s", "not 200")


def measure(effort: Effort) -> Result:
    """The same load with and without scrapes."""
    luck = Random(1)
    calm: list[Load] = []
    scraped: list[Load] = []
    with TemporaryDirectory() as folder, exporter(Path(folder), series_per_metric=SERIES_LIMIT) as server:
        add_tenants(server, _TENANTS)
        requests = _requests(luck, effort.of(_CAPACITY_REQUESTS))
        half_per_s = load(server.port, requests, connections=_CONNECTIONS).requests_per_s / 2
        for _ in range(effort.rounds):
            requests = _requests(luck, effort.of(int(half_per_s * _RUN_S)))
            calm.append(load(server.port, requests, connections=_CONNECTIONS, requests_per_s=half_per_s))
            requests = _requests(luck, effort.of(int(half_per_s * _RUN_S)))
            with beside("tests.bench.reading", server):
                scraped.append(
                    load(server.port, requests, connections=_CONNECTIONS, requests_per_s=half_per_s)
                )
    return Result([_aim(calm, scraped)], [_table(calm, scraped)])


def _requests(luck: Random, number: int) -> list[bytes]:
    return [payload.twilio(payload.tenant(luck.randrange(_TENANTS))) for _ in range(number)]


@contextmanager
def beside(module: str, server: Server) -> Iterator[None]:
    """Let a module ask the server while the block lasts; it says on a line when it begins."""
    with on_load_core():
        reader = subprocess.Popen([sys.executable, "-m", module, str(server.port)], stdout=subprocess.PIPE)
    try:
        assert reader.stdout is not None
        reader.stdout.readline()
        yield
    finally:
        reader.terminate()
        try:
            reader.communicate(timeout=_STOP_LIMIT_S)
        finally:
            reader.kill()


def _aim(calm: list[Load], scraped: list[Load]) -> Aim:
    before_ms, with_ms = (middle(runs, lambda run: run.p99_ms) for runs in (calm, scraped))
    return Aim(
        "webhook p99 while 100,000 series are scraped every second",
        "≤ 2 x the p99 without",
        f"{with_ms / before_ms:.1f} x: {with_ms:.1f} ms, without {before_ms:.1f} ms",
    )


def _table(calm: list[Load], scraped: list[Load]) -> Table:
    rows = [row("none", calm), row("every second", scraped)]
    return Table("Webhooks beside scrapes", _NOTE, _HEADER, rows)


def row(what: str, runs: list[Load]) -> tuple[str, ...]:
    """A line of a table with HEADER."""
    return (
        what,
        f"{middle(runs, lambda run: run.p50_ms):.1f}",
        f"{middle(runs, lambda run: run.p99_ms):.1f}",
        f"{middle(runs, lambda run: run.requests_per_s):,.0f}",
        str(sum(run.failures for run in runs)),
    )
