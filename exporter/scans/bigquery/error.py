"""An answer that BigQuery could not give now."""

from __future__ import annotations

from exporter.errors import ScanFailed


class AskAgain(ScanFailed):
    """The same question may have an answer later."""
