"""Gauges of scanned states on /metrics: each disappears when its looks fail, instead of lying."""

from __future__ import annotations

from exporter.scans.gauge import PREFIX, Values
from exporter.selfmetrics import SelfMetrics

_MISSED_LOOKS = 3


class Published:
    """What the scans of this process published, and until when it may be believed."""

    def __init__(self, metrics: SelfMetrics) -> None:
        self._metrics = metrics
        self._shown: dict[tuple[str, str, str], tuple[set[tuple[str, ...]], float]] = {}

    def show(
        self, scan: str, name: str, gauge: str, values: Values, *, interval_s: float, now_s: float
    ) -> None:
        """Publish a state; what was there of the same gauge and is not any more goes."""
        instrument = self._metrics.scanned[PREFIX + gauge]
        keys = {(scan, *labels) for labels in values}
        place = (scan, name, gauge)
        before, _ = self._shown.get(place, (set(), 0.0))
        for key in before - keys:
            instrument.remove(*key)
        for labels, value in values.items():
            instrument.labels(scan, *labels).set(value)
        self._shown[place] = keys, now_s + _MISSED_LOOKS * interval_s

    def expire(self, now_s: float, *, leads: bool) -> None:
        """Take away what is too old, and everything where another process has taken over."""
        for place, (keys, until_s) in list(self._shown.items()):
            if not leads or until_s < now_s:
                for key in keys:
                    self._metrics.scanned[PREFIX + place[2]].remove(*key)
                del self._shown[place]
