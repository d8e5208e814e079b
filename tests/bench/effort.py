"""How much is measured: all of it, or just enough to see that it works."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Effort(NamedTuple):
    """Every measurement is repeated in `rounds`; `share` shrinks its size."""

    rounds: int
    share: float

    def of(self, number: int) -> int:
        """A size, never below 1,000 where it was above."""
        return max(min(number, 1_000), int(number * self.share))


FULL = Effort(rounds=3, share=1.0)
QUICK = Effort(rounds=1, share=0.05)


def middle(runs: Iterable[T], number: Callable[[T], float]) -> float:
    """The median of one number of each run."""
    return median(map(number, runs))
