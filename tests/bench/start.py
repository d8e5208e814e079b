"""Starting, and the memory it takes: with nothing in the ledger, with many series, with a million events."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench import payload
from tests.bench.effort import Effort
from tests.bench.folding import messages, wait_until_counted
from tests.bench.load import load
from tests.bench.reading import read
from tests.bench.report import Aim, Result, Table
from tests.bench.scrape import SERIES_LIMIT, add_tenants
from tests.bench.server import Server, exporter, postgres_mib

_EVENTS = 1_000_000
_BODY_EVENTS = 1_000
_SLICE_BODIES = 100
_TENANTS = 10_000
_START_NOTE = (
    "From exec to the first 200 of /-/ready, polled every 5 ms; a start with events reads the checkpoint that the "
    "exporter wrote when it was stopped."
)
_MEMORY_NOTE = (
    "Resident memory of the exporter; beside it its PostgreSQL with shared pages counted once, of which 128 MiB are "
    "its buffers once they are full."
)


class _Findings:
    """Rows of both tables, gathered on the way."""

    def __init__(self) -> None:
        self.starts: list[tuple[str, ...]] = []
        self.memory: list[tuple[str, ...]] = []

    def started(self, what: str, ready_s: list[float]) -> None:
        times = f"{median(ready_s):.2f} s", f"{min(ready_s):.2f} – {max(ready_s):.2f} s"
        self.starts.append((what, *times))

    def weighed(self, what: str, server: Server, folder: Path) -> None:
        sizes = f"{server.resident_mib:,.0f} MiB", f"{postgres_mib(folder):,.0f} MiB"
        self.memory.append((what, *sizes))


def measure(effort: Effort) -> Result:
    """Starts with an empty ledger, then series, then events."""
    found = _Findings()
    first_s, later_s = _empty(found, effort)
    _many_series(found)
    full_s = _many_events(found, effort)
    tables = [
        Table("Start", _START_NOTE, ("start", "median", "from – to"), found.starts),
        Table("Memory", _MEMORY_NOTE, ("when", "exporter", "PostgreSQL"), found.memory),
    ]
    events = f"{effort.of(_EVENTS):,}"
    aims = [
        Aim("first start to ready", "≤ 5 s", f"{first_s:.2f} s"),
        Aim("later start to ready", "≤ 2 s", f"{later_s:.2f} s"),
        Aim(f"start with {events} events in the ledger", "≤ 3 s", f"{full_s:.2f} s"),
    ]
    return Result(aims, tables)


def _empty(found: _Findings, effort: Effort) -> tuple[float, float]:
    first_s: list[float] = []
    later_s: list[float] = []
    for _ in range(effort.rounds):
        with TemporaryDirectory() as folder:
            for times_s in (first_s, later_s):
                with exporter(Path(folder)) as server:
                    times_s.append(server.ready_s)
    found.started("first, the database is created", first_s)
    found.started("later, empty ledger", later_s)
    return median(first_s), median(later_s)


def _many_series(found: _Findings) -> None:
    with TemporaryDirectory() as folder, exporter(Path(folder), series_per_metric=SERIES_LIMIT) as server:
        read(server.port)
        found.weighed("idle", server, Path(folder))
        add_tenants(server, _TENANTS)
        read(server.port)
        found.weighed("100,000 series, scraped plain", server, Path(folder))
        read(server.port, compressed=True)
        found.weighed("100,000 series, scraped compressed too", server, Path(folder))


def _many_events(found: _Findings, effort: Effort) -> float:
    number = effort.of(_EVENTS)
    with TemporaryDirectory() as folder:
        with exporter(Path(folder)) as server:
            took_s = _fill(server, number)
            found.weighed(f"{number:,} events received in {took_s:.0f} s", server, Path(folder))
        ready_s = []
        for _ in range(effort.rounds):
            with exporter(Path(folder)) as server:
                ready_s.append(server.ready_s)
                wait_until_counted(server.port, number)
                found_events = messages(server.port)
        found.started(f"later, {found_events:,} events in the ledger", ready_s)
    return median(ready_s)


def _fill(server: Server, number: int) -> float:
    """Post so many message steps, in slices that bound this process's own memory."""
    began = perf_counter()
    bodies = number // _BODY_EVENTS
    for at in range(0, bodies, _SLICE_BODIES):
        slice_bodies = range(at, min(at + _SLICE_BODIES, bodies))
        load(server.port, [payload.events(_BODY_EVENTS, named=False) for _ in slice_bodies], connections=2)
    wait_until_counted(server.port, number)
    return perf_counter() - began
