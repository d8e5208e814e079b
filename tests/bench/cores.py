"""Who runs where: the server on one core, what loads it on another, the database wherever there is room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

ALL = frozenset(os.sched_getaffinity(0))
SERVER, LOAD = min(ALL), max(ALL)


def pin_server(pid: int) -> None:
    """Keep a process that is up on the server's core; processes it started before stay free."""
    os.sched_setaffinity(pid, {SERVER})


def free() -> None:
    """Let this process run anywhere: for children, which inherit the core of their parent."""
    os.sched_setaffinity(0, ALL)


@contextmanager
def on_load_core() -> Iterator[None]:
    """Keep this process off the server's core while the block runs."""
    os.sched_setaffinity(0, {LOAD})
    try:
        yield
    finally:
        free()
