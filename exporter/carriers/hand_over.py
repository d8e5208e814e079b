"""What may happen when something is handed to somebody who carries it."""

from __future__ import annotations

from exporter.errors import ExporterError


class HandOverRefused(ExporterError):
    """The carrier will never take this; another way may work."""


class HandOverFailed(ExporterError):
    """The carrier took nothing now; the same may work later.

    Attributes:
        unsure: nobody knows whether it took it.
    """

    def __init__(self, why: str, *, unsure: bool) -> None:
        super().__init__(why)
        self.unsure = unsure
