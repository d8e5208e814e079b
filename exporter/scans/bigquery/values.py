"""Rows as BigQuery's JSON has them, cells of text under a schema, into values as asyncpg would give them.

Source: cloud.google.com/bigquery/docs/reference/rest/v2/tables (TableFieldSchema) and jobs/getQueryResults. Timestamps
are asked for as whole microseconds: the default is a float of seconds, which loses them.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from exporter.scans.bigquery.error import WarehouseError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Convert = Callable[[Any], Any]


class FieldSchema(msgspec.Struct):
    """One column."""

    name: str
    type: str
    mode: str = "NULLABLE"
    fields: list[FieldSchema] = []


class Cell(msgspec.Struct):
    """A value; text, null, a list of cells, or a row."""

    v: Any = None


class Row(msgspec.Struct):
    """The cells in the order of the schema."""

    f: list[Cell]


def _instant(text: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(text))


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


# Both names of a type: the schema of an answer has the old ones.
_CONVERT: dict[str, Convert] = {
    "INTEGER": int,
    "INT64": int,
    "FLOAT": float,
    "FLOAT64": float,
    "NUMERIC": Decimal,
    "BIGNUMERIC": Decimal,
    "BOOLEAN": _truth,
    "BOOL": _truth,
    "TIMESTAMP": _instant,
    "DATETIME": datetime.fromisoformat,
    "DATE": date.fromisoformat,
    "TIME": time.fromisoformat,
    "BYTES": b64decode,
}


def row_reader(schema: list[FieldSchema]) -> Callable[[Row], dict[str, Any]]:
    """What turns rows of this schema into dictionaries.

    Raises of the reader:
        WarehouseError: a value is not of its column's type, which would be BigQuery's fault or ours.
    """
    columns = [(field.name, _converter(field)) for field in schema]

    def read(row: Row) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for (name, convert), cell in zip(columns, row.f, strict=True):
            values[name] = _converted(name, convert, cell.v)
        return values

    return read


def _converted(name: str, convert: Convert, value: Any) -> Any:
    if value is None:
        return None
    try:
        return convert(value)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, msgspec.MsgspecError):
        raise WarehouseError("wrong_type", f"the column {name} cannot be read as its type") from None


def _converter(field: FieldSchema) -> Convert:
    one = _of_record(field) if field.type in ("RECORD", "STRUCT") else _CONVERT.get(field.type, str)
    if field.mode != "REPEATED":
        return one
    return lambda cells: [one(cell["v"]) for cell in cells]


def _of_record(field: FieldSchema) -> Convert:
    read = row_reader(field.fields)
    return lambda row: read(msgspec.convert(row, Row))
