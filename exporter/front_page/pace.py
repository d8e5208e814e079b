"""How many events come in a second, over the newest minute."""

from __future__ import annotations

from collections import deque

SAMPLE_S = 5.0
_WINDOW_S = 60.0


class Pace:
    """Places of the ledger as they were seen."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=int(_WINDOW_S / SAMPLE_S) + 1)

    def sample(self, at_s: float, seq: int) -> None:
        """Remember where the ledger stood at a time of the monotonic clock."""
        self._seen.append((at_s, seq))

    @property
    def per_s(self) -> float | None:
        """Events in a second; None before there are two samples."""
        if len(self._seen) < 2:
            return None
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        return max(0, last - first) / (last_s - first_s) if last_s > first_s else None
