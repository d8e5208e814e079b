"""Webhooks while two hundred ask the API for reports: does one hold up the other?"""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from exporter.api.caller import Role
from tests.bench import payload
from tests.bench.analytics import UNCACHED, fill, headers_of
from tests.bench.disturbance import beside, row
from tests.bench.effort import Effort, middle
from tests.bench.load import Load, load
from tests.bench.report import Aim, Result, Table
from tests.bench.server import exporter

_TENANTS = 50
_CONNECTIONS, _REPORTS_AT_ONCE = 64, 200
_CAPACITY_REQUESTS = 20_000
_RUN_S = 4
_PATHS = ("/api/v1/analytics/summary", "/api/v1/analytics/top-models", "/api/v1/analytics/providers")
_NOTE = (
    f"Signed Twilio forms at half of the durable rate, {_CONNECTIONS} connections. {_REPORTS_AT_ONCE} connections more "
    "ask for usage of 1 to 366 days, each again as soon as it is answered, with the cache turned off, from a process "
    "of low priority on the load generator's core; runs with and without take turns."
)
_HEADER = ("reports", "p50 ms", "p99 ms", "events/s", "not 200")


def measure(effort: Effort) -> Result:
    """The same load with and without reports."""
    calm: list[Load] = []
    crowded: list[Load] = []
    with TemporaryDirectory(prefix="bench-reports-") as name, exporter(Path(name), api=UNCACHED) as server:
        asyncio.run(fill(Path(name) / "data", _TENANTS))
        capacity = load(server.port, _webhooks(effort.of(_CAPACITY_REQUESTS)), connections=_CONNECTIONS)
        half_per_s = capacity.requests_per_s / 2
        number = effort.of(int(half_per_s * _RUN_S))
        for _ in range(effort.rounds):
            steady = {"connections": _CONNECTIONS, "requests_per_s": half_per_s}
            calm.append(load(server.port, _webhooks(number), **steady))
            with beside("tests.bench.reports", server):
                crowded.append(load(server.port, _webhooks(number), **steady))
    table = Table(
        "Webhooks beside reports",
        _NOTE,
        _HEADER,
        [row("none", calm), row(f"{_REPORTS_AT_ONCE} at once", crowded)],
    )
    return Result([_aim(calm, crowded)], [table])


def _webhooks(number: int) -> list[bytes]:
    return [payload.twilio(payload.tenant(at % _TENANTS)) for at in range(number)]


def _aim(calm: list[Load], crowded: list[Load]) -> Aim:
    before_ms, with_ms = (middle(runs, lambda run: run.p99_ms) for runs in (calm, crowded))
    return Aim(
        f"webhook p99 beside {_REPORTS_AT_ONCE} reports at once",
        "≤ 2 x the p99 without",
        f"{with_ms / before_ms:.1f} x: {with_ms:.1f} ms, without {before_ms:.1f} ms",
    )


def _crowd(port: int) -> None:
    """Ask until we are ended."""
    os.nice(19)
    lines = [
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers_of(Role.TENANT_ADMIN).items()),
    ]
    head = "\r\n".join(lines)
    asked = [
        f"GET {path}?days={days} HTTP/1.1\r\n{head}\r\n\r\n".encode()
        for days, path in product(range(1, 367), _PATHS)
    ]
    print("asking", flush=True)
    while True:
        load(port, asked, connections=_REPORTS_AT_ONCE)


if __name__ == "__main__":
    _crowd(int(sys.argv[1]))
