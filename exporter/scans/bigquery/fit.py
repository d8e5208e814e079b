"""Whether a profile fits a warehouse, and what its queries would read: asking costs nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from exporter.config import ScanConfig, profile_of
from exporter.config.profile import GaugeScan, TableScan
from exporter.errors import Problem, ScanFailed
from exporter.scans.bigquery.api import BigQuery, Parameters
from exporter.scans.bigquery.column_types import types_of
from exporter.scans.bigquery.statements import Statements, gauge_statement, source_of
from exporter.scans.bigquery.way import MOST_ROWS
from exporter.scans.gauge import GaugeReading


class Look(NamedTuple):
    """A query of a scan, and how many bytes it would read now."""

    name: str
    statement: str
    read_bytes: int


async def looks(client: BigQuery, scan: ScanConfig) -> AsyncIterator[Look | Problem]:
    """Each query of a scan as a run of today would ask it, or why it cannot be asked."""
    profile = profile_of(scan)
    for table in profile.tables:
        try:
            yield await _of_table(client, scan, table)
        except ScanFailed as error:
            yield Problem(f"{scan.name}/{table.name}", str(error))
    for gauge in profile.gauges:
        try:
            yield await _of_gauge(client, scan, gauge)
        except ScanFailed as error:
            yield Problem(f"{scan.name}/{gauge.name}", str(error))


async def compared(client: BigQuery, scan: ScanConfig) -> tuple[list[Problem], list[str]]:
    """What keeps a scan from running, and what makes it dear.

    Raises:
        ScanFailed: BigQuery cannot be asked.
    """
    problems = [found async for found in looks(client, scan) if isinstance(found, Problem)]
    return problems, [] if problems else await advice(client, scan)


async def advice(client: BigQuery, scan: ScanConfig) -> list[str]:
    """Tables of which each run reads every day, because they are not partitioned by the time column.

    Raises:
        ScanFailed: a table is not there.
    """
    whole: list[str] = []
    for table in profile_of(scan).tables:
        if table.table is None:
            continue
        name, time = scan.tables.get(table.table, table.table), table.changed or table.time
        if (await client.table(name)).partitioned_by != time:
            whole.append(f"{name} is not partitioned by {time}: each run is billed for all of its days")
    return whole


async def _of_table(client: BigQuery, scan: ScanConfig, table: TableScan) -> Look:
    source = source_of(table, scan.tables)
    ask = partial(client.pages, page_rows=scan.batch_rows, timeout_s=scan.timeout_s)
    statement = Statements(table, source, await types_of(ask, table, source)).from_time()
    until = datetime.now(UTC)
    since = until - timedelta(seconds=max(table.late_s, scan.gap_patience_s))
    parameters: Parameters = {"since": since, "until": until, "most": MOST_ROWS}
    return Look(table.name, statement, await client.estimate(statement, parameters))


async def _of_gauge(client: BigQuery, scan: ScanConfig, gauge: GaugeScan) -> Look:
    columns = GaugeReading(gauge, scan.tables, scan.set, scan.tenants).columns
    statement, words = gauge_statement(gauge, columns, source_of(gauge, scan.tables))
    return Look(gauge.name, statement, await client.estimate(statement, words))
