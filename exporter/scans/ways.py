"""Which way a table is read: by its key, by a time, again while it is open."""

from __future__ import annotations

from exporter.config import ScanConfig
from exporter.config.profile import TableScan
from exporter.scans.by_id import ById, Pace
from exporter.scans.by_time import ByTime
from exporter.scans.database import Database
from exporter.scans.mapping import TableMapping
from exporter.scans.open_rows import OpenRows, Reread
from exporter.scans.row import time_columns, word_columns
from exporter.scans.statements import Statements, Types
from exporter.scans.step import Way
from exporter.scans.tallying import Tallying

_INTEGERS = frozenset({"int2", "int4", "int8"})


def is_by_id(table: TableScan, types: Types) -> bool:
    """Whether the rows of a table can be read by an integer key."""
    one = len(table.key) == 1 and types.get(table.key[0]) in _INTEGERS
    return one and table.changed is None and table.after_s is None


async def ways_of(
    database: Database, mapping: TableMapping, source: str, config: ScanConfig, open_rows: OpenRows
) -> list[Way]:
    """In which order and how a table is read.

    Raises:
        ScanFailed: the table or a column is not there.
    """
    table = mapping.table
    types = await database.types(source, [*word_columns(table), *time_columns(table)])
    statements = Statements(table, source, types)
    ways: list[Way] = []
    if table.final is not None:
        ways.append(Reread(database, mapping, statements, open_rows, config.batch_rows))
    if is_by_id(table, types):
        tallying = Tallying(mapping, config.set, per_user=config.per_user) if table.aggregate else None
        pace = Pace(config.batch_rows, config.gap_patience_s)
        return [*ways, ById(database, mapping, statements, tallying, pace)]
    return [*ways, ByTime(database, mapping, statements, config.batch_rows)]
