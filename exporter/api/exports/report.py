"""A report on paper: what it is about, and the making of it beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from exporter.api.answer import Answer
from exporter.api.exports.table import Table

MOST_ROWS = 5_000
"""A report is made in memory, and nobody reads more on paper."""


class Report(NamedTuple):
    """What is on the paper beside the rows."""

    table: Table
    tenant: str
    first: str
    last: str
    as_of: datetime


async def drawn(report: Report, rows: Sequence[Answer]) -> bytes:
    """The report as PDF."""
    return await asyncio.to_thread(_pdf, report, rows)


def _pdf(report: Report, rows: Sequence[Answer]) -> bytes:
    # Only here: the library costs every start a third of a second and 20 MB, and most exporters never draw.
    from exporter.api.exports.pdf_form import pdf

    return pdf(report, rows)
