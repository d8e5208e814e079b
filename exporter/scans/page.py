"""Records of a database become rows, and rows become events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from exporter.scans.database import Record
from exporter.scans.mapping import ReadRow, TableMapping
from exporter.scans.row import Row


def rows_of(columns: Sequence[str], records: Iterable[Record]) -> list[Row]:
    """Rows by the names of their columns, whose values are c0, c1 … of a record."""
    names = [(column, f"c{place}") for place, column in enumerate(columns)]
    return [{column: record[name] for column, name in names} for record in records]


def read_rows(mapping: TableMapping, rows: Iterable[Row], received_at: datetime) -> ReadRow:
    """What all the rows come to."""
    whole = ReadRow([], [])
    for row in rows:
        one = mapping.read(row, received_at)
        whole.submissions.extend(one.submissions)
        whole.rejected.extend(one.rejected)
    return whole
