"""Why BigQuery gave no answer."""

from __future__ import annotations

from exporter.errors import ExporterError


class WarehouseError(ExporterError):
    """BigQuery refuses us, or has no answer that can be read.

    Attributes:
        reason: what kind of failure, in a word of a closed list.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class AskAgain(WarehouseError):
    """No answer now; the same question may have one later."""
