"""What a metric family of the catalogue is."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Prometheus metric types we use."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Origin(StrEnum):
    """What a number is about: the ledger (the same on every replica) or this process."""

    FOLD = "fold"
    PROCESS = "process"


class Family(NamedTuple):
    """One metric family; `name` is as written in a query, with `_total` for counters.

    `open_labels` are labels of this family whose values come from outside, beside those of OPEN_LABELS.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    origin: Origin = Origin.FOLD
    buckets: tuple[float, ...] = ()
    open_labels: frozenset[str] = frozenset()


OPEN_LABELS = frozenset(
    {
        "tenant",
        "provider",
        "model",
        "action",
        "endpoint",
        "api",
        "queue",
        "worker",
        "field",
        "template",
        "name",
        "sender",
        "currency",
    }
)
"""Labels whose values come from outside; over the cap they become OVERFLOW, so that sums stay right."""
OVERFLOW = "_other"
ROUTE = ("tenant", "channel", "provider")
APP_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)
