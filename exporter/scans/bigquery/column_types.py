"""The types of the columns that a scan reads, told by a query that reads nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from exporter.config.profile import TableScan
from exporter.scans.bigquery.api import Page, Parameters
from exporter.scans.bigquery.statements import probe
from exporter.scans.row import time_columns, word_columns

Ask = Callable[[str, Parameters], AsyncIterator[Page]]
"""Asks a query, page by page."""


async def types_of(ask: Ask, table: TableScan, source: str) -> dict[str, str]:
    """By column, the name of its type.

    Raises:
        ScanFailed: the table or a column is not there, or may not be read.
    """
    columns = [*word_columns(table), *time_columns(table)]
    pages = [page async for page in ask(probe(source, columns), {})]
    return {column: pages[0].types[f"c{place}"] for place, column in enumerate(columns)}
