"""What a scan asks of the database that it reads, whichever that is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from exporter.config import ScanConfig
from exporter.config.bigquery_url import is_bigquery, read_url
from exporter.scans.bigquery.api import BigQuery
from exporter.scans.bigquery.warehouse import Billed, Warehouse, client_of
from exporter.scans.database import Database, connected
from exporter.scans.gauge import GaugeReading, Values
from exporter.scans.mapping import TableMapping
from exporter.scans.open_rows import OpenRows
from exporter.scans.statements import source_of
from exporter.scans.step import Way
from exporter.scans.ways import ways_of


class Reader(Protocol):
    """A database while it is read."""

    async def ways(self, mapping: TableMapping, open_rows: OpenRows) -> list[Way]:
        """In which order and how a table is read.

        Raises:
            ScanFailed: the table or a column is not there, or may not be read.
        """

    async def look(self, reading: GaugeReading) -> Values:
        """The state of a gauge now.

        Raises:
            ScanFailed: it cannot be read, or has more label sets than allowed.
        """


Open = Callable[[], AbstractAsyncContextManager[Reader]]


class Postgres:
    """A PostgreSQL over one connection."""

    def __init__(self, database: Database, config: ScanConfig) -> None:
        self._database = database
        self._config = config

    async def ways(self, mapping: TableMapping, open_rows: OpenRows) -> list[Way]:
        """See Reader.ways."""
        source = source_of(mapping.table, self._config.tables)
        return await ways_of(self._database, mapping, source, self._config, open_rows)

    async def look(self, reading: GaugeReading) -> Values:
        """See Reader.look."""
        return await reading.look(self._database)


def reader_of(config: ScanConfig, url: str, billed: Billed) -> Open:
    """What opens the database of a scan, once a run; it raises ScanFailed where the database does not take us."""
    return _bigquery(config, url, billed) if is_bigquery(url) else _postgres(config, url)


def _postgres(config: ScanConfig, url: str) -> Open:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Reader]:
        async with connected(url, config.timeout_s) as database:
            yield Postgres(database, config)

    return opened


def _bigquery(config: ScanConfig, url: str, billed: Billed) -> Open:
    parts = read_url(url)
    clients: list[BigQuery] = []

    @asynccontextmanager
    async def opened() -> AsyncIterator[Reader]:
        # The key is read when it is needed, so that its absence fails this scan and nothing else.
        if not clients:
            clients.append(client_of(parts))
        yield Warehouse(clients[0], config, billed)

    return opened
