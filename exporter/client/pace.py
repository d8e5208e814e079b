"""Pauses between attempts."""

from __future__ import annotations

import random
from threading import Event

_FIRST_S = 0.1
_LONGEST_S = 30.0
_MOST_DOUBLINGS = 16


class Pace:
    """Pauses that grow while nothing succeeds."""

    def __init__(self) -> None:
        self._failures = 0
        self._hurry = Event()

    def pause(self) -> None:
        """Wait, longer each time, or until `hurry`; spread, so that many clients do not come back at once."""
        longest_s = min(_LONGEST_S, _FIRST_S * 2**self._failures)
        self._failures = min(self._failures + 1, _MOST_DOUBLINGS)
        self._hurry.wait(random.uniform(longest_s / 2, longest_s))  # noqa: S311
        self._hurry.clear()

    def reset(self) -> None:
        """Begin with short pauses again."""
        self._failures = 0

    def hurry(self) -> None:
        """End the pause, and begin with short ones again."""
        self.reset()
        self._hurry.set()
