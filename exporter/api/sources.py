"""What endpoints ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from exporter.config import Config
from exporter.ledger.ledger import Ledger
from exporter.ledger.reader import Reader


class Sources(NamedTuple):
    """What endpoints ask.

    Attributes:
        reader: for answers at once; `reports` for those that may take longer, so that neither waits for the other.
    """

    config: Callable[[], Config]
    ledger: Ledger
    reader: Reader
    reports: Reader
