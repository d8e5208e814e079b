"""The same question about the same table, asked by our scan and by the exporters that people use for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from tests.bench.effort import Effort
from tests.bench.report import Aim, Result, Table
from tests.bench.scanners import INTERVAL_S, OURS, PEERS, SCANNERS, Running, Scanner, running
from tests.bench.server import memory_mib, postgres_mib
from tests.bench.usage_table import Spent, UsageTable, cpu_s, usage_table
from tests.faults.exporter_process import free_port

_SIZES = (1_000_000, 10_000_000)
_NEW_ROWS = 10_000
_POLL_S = 0.5
_FIRST_LIMIT_S = 300
_LOOKS_AN_HOUR = 3_600 / INTERVAL_S
_NOTE = (
    "Messages by channel, direction and status, the sum of their cost and the histogram of their processing times; "
    f"one look each {INTERVAL_S} s, {_NEW_ROWS:,} new rows before each. "
    "A look: statements' time by pg_stat_statements. "
    "Database CPU: every process of the scanned server. Own CPU and memory: the exporter, ours with its ledger's "
    "PostgreSQL. Everything runs on the same machine, one exporter at a time."
)
_HEADER = (
    "exporter",
    "rows",
    "a look",
    "database CPU a look",
    "database CPU an hour",
    "own CPU an hour",
    "memory",
)


class Seen(NamedTuple):
    """What one scanner costs at one size of the table.

    Attributes:
        first: until it counted the whole table for the first time, `first_s` by the clock, `first_own_cpu_s` its own.
        look_s, look_cpu_s: of the database, a later look.
        run_s: of a whole later scan, from the connection to the commit in the ledger; 0 of peers.
        own_cpu_s: its own, an hour.
    """

    scanner: Scanner
    rows: int
    first: Spent
    first_s: float
    first_own_cpu_s: float
    look_s: float
    look_cpu_s: float
    run_s: float
    own_cpu_s: float
    memory_mib: float


def measure(effort: Effort) -> Result:
    """Every scanner at both sizes of the table."""
    if not PEERS.exists():
        raise SystemExit("run `make peers` first")
    seen = asyncio.run(_measured(effort))
    rows = [cells for one in seen for cells in _cells(one)]
    return Result(_aims(seen), [Table("Scans of a table, beside peers", _NOTE, _HEADER, rows)])


async def _measured(effort: Effort) -> list[Seen]:
    with TemporaryDirectory() as folder:
        async with usage_table(Path(folder) / "scanned") as table:
            return [seen async for seen in _at_every_size(table, Path(folder), effort)]


async def _at_every_size(table: UsageTable, folder: Path, effort: Effort) -> AsyncIterator[Seen]:
    for size in map(effort.of, _SIZES):
        await table.grow(size)
        for place, scanner in enumerate(SCANNERS):
            await table.settle()
            with running(scanner, table.socket, folder / f"{size}-{place}", free_port()) as one:
                yield await _looked(table, one, effort.rounds, size)


async def _looked(table: UsageTable, one: Running, rounds: int, size: int) -> Seen:
    began, before, own_s = perf_counter(), await table.spent(), _own_cpu_s(one)
    await _until_counted(one, table.rows)
    first, first_s = (await table.spent()).since(before), perf_counter() - began
    first_own_s, runs_s = _own_cpu_s(one) - own_s, _runs_s(one)
    began, before, own_s = perf_counter(), await table.spent(), _own_cpu_s(one)
    for _ in range(rounds):
        await table.grow(table.rows + _NEW_ROWS)
        # A pulled one looks when it is read; the others look by themselves, and reading them costs next to nothing.
        if one.scanner.is_pulled:
            await asyncio.sleep(INTERVAL_S)
        await _until_counted(one, table.rows)
    spent, took_s = (await table.spent()).since(before), perf_counter() - began
    return Seen(
        one.scanner,
        size,
        first,
        first_s,
        first_own_s,
        look_s=spent.seconds / spent.looks,
        look_cpu_s=spent.cpu_s / spent.looks,
        # Of runs that found nothing new too: a little too much.
        run_s=(_runs_s(one) - runs_s) / rounds,
        own_cpu_s=(_own_cpu_s(one) - own_s) / took_s * 3_600,
        memory_mib=memory_mib(one.pid) + (postgres_mib(one.folder) if one.scanner is OURS else 0),
    )


async def _until_counted(one: Running, rows: int) -> None:
    limit = perf_counter() + _FIRST_LIMIT_S
    while (found := one.messages()) != rows:
        if found > rows or perf_counter() > limit:
            raise RuntimeError(f"{one.scanner.name} counts {found:.0f} of {rows} rows")
        await asyncio.sleep(_POLL_S)


def _runs_s(one: Running) -> float:
    return one.page().total("comms_scan_duration_seconds_sum") if one.scanner is OURS else 0.0


def _own_cpu_s(one: Running) -> float:
    """Ours has a PostgreSQL for its ledger."""
    return cpu_s(one.pid) + (_ledger_cpu_s(one.folder) if one.scanner is OURS else 0.0)


def _ledger_cpu_s(folder: Path) -> float:
    postmaster = int((folder / "data" / "postgres" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return cpu_s(postmaster, with_reaped=True) + sum(cpu_s(int(pid)) for pid in children)


def _cells(one: Seen) -> list[tuple[str, ...]]:
    later = (
        one.scanner.name,
        f"{one.rows:,}",
        f"{one.look_s * 1_000:,.0f} ms",
        f"{one.look_cpu_s * 1_000:,.0f} ms",
        f"{one.look_cpu_s * _LOOKS_AN_HOUR:,.1f} s",
        f"{one.own_cpu_s:,.1f} s",
        f"{one.memory_mib:,.0f} MiB",
    )
    if one.scanner is not OURS:
        return [later]
    first = f"{one.first.seconds * 1_000:,.0f} ms", f"{one.first.cpu_s * 1_000:,.0f} ms"
    return [
        later,
        (f"{OURS.name}, the first time ({one.first_s:.1f} s)", f"{one.rows:,}", *first, "", "", ""),
    ]


def _aims(seen: list[Seen]) -> list[Aim]:
    most = max(one.rows for one in seen)
    largest = [one for one in seen if one.rows == most]
    ours = next(one for one in largest if one.scanner is OURS)
    ratio = min(one.look_cpu_s for one in largest if one.scanner is not OURS) / max(ours.look_cpu_s, 0.001)
    smaller = next(one for one in seen if one.scanner is OURS and one.rows != most)
    return [
        Aim(f"database CPU of the thriftiest peer over ours, {most:,} rows", "≥ 50", f"{ratio:,.0f}"),
        Aim(
            f"a look at {_NEW_ROWS:,} new rows, {most:,} rows over {smaller.rows:,}",
            "≤ 1.2",
            f"{ours.look_s / smaller.look_s:.2f}",
        ),
        Aim(
            f"a scan of {_NEW_ROWS:,} new rows, {most:,} rows, end to end",
            "≤ 50 ms",
            f"{ours.run_s * 1_000:.0f} ms",
        ),
        Aim(f"first scan of {smaller.rows:,} rows", "≤ 3 s", _first(smaller)),
        Aim(f"first scan of {most:,} rows", "≤ 30 s", _first(ours)),
    ]


def _first(one: Seen) -> str:
    return f"{one.first_s:.1f} s ({one.first.cpu_s:.1f} s of CPU in the database, {one.first_own_cpu_s:.1f} s of ours)"
