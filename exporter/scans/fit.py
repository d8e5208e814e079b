"""Whether a profile fits a database: its tables, columns, types and indexes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exporter.config import ScanConfig, profile_of
from exporter.config.bigquery_url import is_bigquery, read_url
from exporter.config.profile import TableScan
from exporter.errors import Problem, ScanFailed
from exporter.scans.bigquery.fit import compared
from exporter.scans.bigquery.warehouse import client_of
from exporter.scans.database import Database, connected
from exporter.scans.gauge import GaugeReading
from exporter.scans.row import time_columns, word_columns
from exporter.scans.statements import Types, quoted, source_of, template
from exporter.scans.ways import is_by_id

_TIMES = frozenset({"timestamp", "timestamptz", "date"})
ROLE = "comms_reader"


class Fit(NamedTuple):
    """What a look at the database found.

    Attributes:
        problems: they keep the scan from running.
        warnings: it runs, but slowly, or could not be checked.
    """

    problems: list[Problem]
    warnings: list[str]


async def fit(scan: ScanConfig, url: str) -> Fit:
    """Compare a scan with its database; one that cannot be reached now is only warned of."""
    try:
        if is_bigquery(url):
            return await _of_warehouse(scan, url)
        async with connected(url, scan.timeout_s) as database:
            found = await problems(database, scan)
            if found:
                return Fit(found, [])
            slow = await advice(database, scan)
            return Fit([], [f"{scan.name} reads a whole table without an index: {one}" for one in slow])
    except ScanFailed as error:
        return Fit([], [f"{scan.name} was not compared with its database: {error}"])


async def _of_warehouse(scan: ScanConfig, url: str) -> Fit:
    found, dear = await compared(client_of(read_url(url)), scan)
    return Fit(found, [f"{scan.name}: {one}" for one in dear])


async def problems(database: Database, scan: ScanConfig) -> list[Problem]:
    """What keeps a scan from running; a missing index only slows it down, see `advice`."""
    found: list[Problem] = []
    profile = profile_of(scan)
    for table in profile.tables:
        try:
            misfits = [*_misfits(table, await types_of(database, scan, table))]
        except ScanFailed as error:
            misfits = [str(error)]
        found += [Problem(f"{scan.name}/{table.name}", misfit) for misfit in misfits]
    for gauge in profile.gauges:
        reading = GaugeReading(gauge, scan.tables, scan.set, scan.tenants)
        statement, words = reading.statement()
        try:
            await database.fetch(f"EXPLAIN {statement}", 1, *words)
        except ScanFailed as error:
            found.append(Problem(f"{scan.name}/{gauge.name}", str(error)))
    return found


async def advice(database: Database, scan: ScanConfig) -> list[str]:
    """Statements that create the indexes which the tables of a scan lack.

    Raises:
        ScanFailed: a table or a column is not there.
    """
    missing: list[str] = []
    for table in profile_of(scan).tables:
        wanted = _index(table, await types_of(database, scan, table))
        if table.table is None:
            continue
        source = source_of(table, scan.tables)
        indexes = [record["columns"] for record in await database.fetch(template("indexes"), source)]
        if not any(index[: len(wanted)] == wanted for index in indexes):
            missing.append(f"CREATE INDEX CONCURRENTLY ON {source} ({', '.join(map(quoted, wanted))})")
    return missing


def grants(scan: ScanConfig) -> list[str]:
    """Statements that give a role what a scan needs and no more; of a query its tables cannot be told."""
    return [
        f"GRANT SELECT ({', '.join(map(quoted, _plain(table)))}) ON {source_of(table, scan.tables)} TO {ROLE}"
        for table in profile_of(scan).tables
        if table.table is not None
    ]


async def types_of(database: Database, scan: ScanConfig, table: TableScan) -> Types:
    """The types of the columns that a table's scan reads.

    Raises:
        ScanFailed: the table or a column is not there.
    """
    return await database.types(source_of(table, scan.tables), [*word_columns(table), *time_columns(table)])


def _misfits(table: TableScan, types: Types) -> Iterator[str]:
    for column in time_columns(table):
        if types[column] not in _TIMES:
            yield f"`{column}` is {types[column]}, which is no time"
    if table.aggregate and not is_by_id(table, types):
        yield "`key` is no integer: leave out `aggregate`"


def _index(table: TableScan, types: Types) -> Sequence[str]:
    if is_by_id(table, types):
        return table.key
    return [table.changed or table.time, *table.key]


def _plain(table: TableScan) -> list[str]:
    columns = [*word_columns(table), *time_columns(table)]
    return list(dict.fromkeys(column.partition(".")[0] for column in columns))
