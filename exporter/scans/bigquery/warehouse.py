"""BigQuery as a scan sees its database: ways to read tables, looks at gauges, and what they cost."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import timedelta

from exporter.config import ScanConfig
from exporter.config.bigquery_url import BigQueryUrl, credentials_path
from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.bigquery.account import Account, read_key
from exporter.scans.bigquery.api import BigQuery, Page, Parameters
from exporter.scans.bigquery.column_types import types_of
from exporter.scans.bigquery.statements import Statements, gauge_statement, source_of
from exporter.scans.bigquery.way import ByNewest, Overlap, RereadOpen
from exporter.scans.gauge import GaugeReading, Values
from exporter.scans.mapping import TableMapping
from exporter.scans.open_rows import OpenRows
from exporter.scans.row import Row
from exporter.scans.step import Way

Billed = Callable[[int], object]
"""Told of each query how many bytes it was billed for."""


def client_of(parts: BigQueryUrl) -> BigQuery:
    """A client for a URL, with the key that it or the environment names.

    Raises:
        ScanFailed: there is no such key.
    """
    return BigQuery(parts, Account(read_key(credentials_path(parts, os.environ))))


class Warehouse:
    """See exporter.scans.reader.Reader."""

    def __init__(self, client: BigQuery, config: ScanConfig, billed: Billed) -> None:
        self._client = client
        self._config = config
        self._billed = billed

    async def ways(self, mapping: TableMapping, open_rows: OpenRows) -> list[Way]:
        """See Reader.ways."""
        table, config = mapping.table, self._config
        source = source_of(table, config.tables)
        statements = Statements(table, source, await types_of(self._pages, table, source))
        late_s = max(table.late_s, config.gap_patience_s)
        overlap = Overlap(timedelta(seconds=late_s), timedelta(seconds=table.after_s or 0))
        return [
            RereadOpen(self._pages, mapping, statements, open_rows),
            ByNewest(self._pages, mapping, statements, overlap),
        ]

    async def look(self, reading: GaugeReading) -> Values:
        """See Reader.look."""
        gauge = reading.gauge
        statement, words = gauge_statement(gauge, reading.columns, source_of(gauge, self._config.tables))
        rows: list[Row] = []
        async for page in self._pages(statement, words):
            rows += page.rows
        if len(rows) > gauge.max_rows:
            raise ScanFailed(
                ScanStatus.TOO_MANY_ROWS, f"gauge {gauge.name}: more than {gauge.max_rows} label sets"
            )
        return reading.values(rows)

    async def _pages(self, sql: str, parameters: Parameters) -> AsyncIterator[Page]:
        rows, timeout_s = self._config.batch_rows, self._config.timeout_s
        async with aclosing(
            self._client.pages(sql, parameters, page_rows=rows, timeout_s=timeout_s)
        ) as pages:
            async for page in pages:
                self._billed(page.billed_bytes)
                yield page
