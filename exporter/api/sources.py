"""What endpoints ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from exporter.config import Config
from exporter.ledger.ledger import Ledger
from exporter.ledger.reader import Reader
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals


class Sources(NamedTuple):
    """What endpoints ask.

    Attributes:
        totals: as they are in memory.
        reader: for answers at once; `reports` for those that may take longer, so that neither waits for the other.
    """

    config: Callable[[], Config]
    totals: Callable[[], Totals]
    metrics: SelfMetrics
    ledger: Ledger
    reader: Reader
    reports: Reader
