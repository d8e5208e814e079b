"""What carries notifications out of the application."""

from __future__ import annotations

from typing import Protocol

from exporter.errors import ExporterError
from exporter.ledger.notifications import Letter


class NotCarried(ExporterError):
    """A letter was not taken.

    Attributes:
        for_good: the receiver will never take it.
    """

    def __init__(self, why: str, *, for_good: bool) -> None:
        super().__init__(why)
        self.for_good = for_good


class Carrier(Protocol):
    """One channel. It may be asked for the same letter twice: `tries` is then more than 1."""

    async def carry(self, letter: Letter) -> None:
        """Hand a letter over.

        Raises:
            NotCarried: without the address in its text.
        """
