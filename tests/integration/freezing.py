"""Freezing a PostgreSQL: its processes stand still, its sockets stay open."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg


async def postmaster_pid(dsn: str) -> int:
    """The pid of the server behind a connection string."""
    connection = await asyncpg.connect(dsn)
    try:
        folder = await connection.fetchval("SHOW data_directory")
    finally:
        await connection.close()
    return int((Path(folder) / "postmaster.pid").read_text().split()[0])


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop the postmaster, so that nothing new is made, then every process of it; let all go on at the end."""
    stopped = [pid]
    os.kill(pid, signal.SIGSTOP)
    try:
        for child in _children(pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGSTOP)
                stopped.append(child)
        yield
    finally:
        for process in stopped:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
