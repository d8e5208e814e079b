"""How far a scan is, said while it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

log = logging.getLogger(__name__)

Progress: TypeAlias = Callable[[str, float | None, int], None]
"""Told of each step: the table, how much of it is done (0 to 1) where known, and the rows of the step."""

_EVERY_S = 5.0


class ProgressLog:
    """A line every 5 s while a table is read; later runs, which are shorter than that, say nothing."""

    def __init__(self, scan: str, clock_s: Callable[[], float] = monotonic) -> None:
        self._scan = scan
        self._clock_s = clock_s
        self._said_s = clock_s()
        self._rows = 0

    def __call__(self, table: str, done_ratio: float | None, rows: int) -> None:
        """A step was stored."""
        self._rows += rows
        now_s = self._clock_s()
        if now_s - self._said_s < _EVERY_S:
            return
        self._said_s = now_s
        done = "" if done_ratio is None else f"{done_ratio:.0%}, "
        log.info("scan %s reads %s: %s%d rows so far", self._scan, table, done, self._rows)
