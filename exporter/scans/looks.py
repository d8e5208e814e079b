"""The statements by which a table is read, with arguments that stand for a later scan: made to be shown."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from exporter.config import ScanConfig
from exporter.config.profile import TableScan
from exporter.scans.by_id import TALLY_ROWS
from exporter.scans.counted_page import MOST_GROUPS
from exporter.scans.database import Database
from exporter.scans.fit import types_of
from exporter.scans.gauge import GaugeReading
from exporter.scans.horizon import look as look_at_horizon
from exporter.scans.mapping import TableMapping
from exporter.scans.statements import Statements, Types, source_of
from exporter.scans.tallying import Tallying
from exporter.scans.ways import is_by_id

_NEWEST_ROWS = 1_000
_SAMPLE_KEYS = {
    "uuid": "00000000-0000-0000-0000-000000000000",
    "int2": "1",
    "int4": "1",
    "int8": "1",
    "numeric": "1",
}


class Look(NamedTuple):
    """One statement of a scan.

    Attributes:
        why: what it is asked for.
    """

    why: str
    statement: str
    arguments: tuple[object, ...]


def gauge_look(reading: GaugeReading) -> Look:
    """How a gauge is looked at."""
    statement, words = reading.statement()
    return Look("the state", statement, (reading.gauge.max_rows + 1, *words))


class Plan(NamedTuple):
    """A look, and how the database would answer it."""

    look: Look
    lines: tuple[str, ...]


async def planned(database: Database, look: Look) -> Plan:
    """How the database would answer; raises ScanFailed."""
    records = await database.fetch(f"EXPLAIN {look.statement}", *look.arguments)
    return Plan(look, tuple(str(record["QUERY PLAN"]) for record in records))


async def plans(database: Database, scan: ScanConfig, table: TableScan) -> list[Plan]:
    """Each statement of a table's scan with its plan.

    Raises:
        ScanFailed: the table or a column is not there, or may not be read.
    """
    types = await types_of(database, scan, table)
    statements = Statements(table, source_of(table, scan.tables), types)
    if is_by_id(table, types):
        looks = await _by_id(database, scan, table, statements)
    else:
        looks = await _by_time(database, scan, table, statements, types)
    if table.final is not None:
        keys = [[_SAMPLE_KEYS.get(types[column], "")] for column in table.key]
        looks.append(Look("rows that may have changed", statements.by_keys(), tuple(keys)))
    return [await planned(database, one) for one in looks]


async def _by_id(
    database: Database, scan: ScanConfig, table: TableScan, statements: Statements
) -> list[Look]:
    (ids,) = await database.fetch(statements.last_id(), 0, TALLY_ROWS)
    newest = ids["newest"] or 0
    behind = max(0, newest - _NEWEST_ROWS)
    late = Look("late rows", statements.between_ids(), ([behind], [behind], scan.batch_rows))
    if not table.aggregate:
        return [Look("new rows", statements.after_id(), (behind, scan.batch_rows)), late]
    mapping = TableMapping(table, f"scan:{scan.name}", scan.set, scan.tenants)
    tallying = Tallying(mapping, scan.set, per_user=scan.per_user)
    return [
        Look("how far", statements.last_id(), (behind, TALLY_ROWS)),
        Look("new rows, counted", statements.groups(tallying), (behind, newest, MOST_GROUPS)),
        Look("ids that are missing", statements.gaps(), (behind, newest, scan.batch_rows)),
        late,
    ]


async def _by_time(
    database: Database, scan: ScanConfig, table: TableScan, statements: Statements, types: Types
) -> list[Look]:
    now = (await look_at_horizon(database)).now
    column, since = table.changed or table.time, now - timedelta(seconds=table.late_s)
    key = [_SAMPLE_KEYS.get(types[name], "") for name in table.key]
    return [
        Look("new rows", statements.from_time(column), (since, now, scan.batch_rows)),
        Look("the next page", statements.after_time(column), (since, now, scan.batch_rows, *key)),
    ]
