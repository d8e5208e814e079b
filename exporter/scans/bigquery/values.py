"""Rows as BigQuery's JSON has them become rows of text.

Source: cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults: cells stand in the order of the schema,
and every value is text, however exact: `"9007199254740993"`, `"0.008625"`, `"true"`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.row import Row


class FieldSchema(msgspec.Struct):
    """One column."""

    name: str
    type: str


class Cell(msgspec.Struct):
    """A value; a list or a record where the column is one."""

    v: Any = None


class Cells(msgspec.Struct):
    """One row."""

    f: list[Cell]


def rows_of(columns: list[str], found: list[Cells]) -> list[Row]:
    """Rows by the names of their columns; lists and records as JSON.

    Raises:
        ScanFailed: the cells are not those of the columns.
    """
    if any(len(row.f) != len(columns) for row in found):
        raise ScanFailed(ScanStatus.WRONG_TYPE, "a row has other columns than its schema")
    return [dict(zip(columns, map(_text, row.f), strict=True)) for row in found]


def _text(cell: Cell) -> str | None:
    if cell.v is None or isinstance(cell.v, str):
        return cell.v
    return msgspec.json.encode(cell.v).decode()
