"""How far a long command is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

Show = Callable[[str], None]


def progress() -> Show:
    """A line that is written over on a terminal, else a line a time."""
    if sys.stderr.isatty():
        return lambda text: print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)
    return partial(print, file=sys.stderr, flush=True)
