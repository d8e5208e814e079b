"""A table as JSON, written in pieces: the document of exporter.api.exports.table.Exported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from exporter.api.answer import Answer, json_of, json_of_fields


def json_head(fields: Mapping[str, Any]) -> bytes:
    """The document up to its rows."""
    return json_of_fields(fields)[:-1] + b',"rows":['


def json_rows(rows: Iterable[Answer], *, first: bool) -> bytes:
    """Rows, after others unless they are the first."""
    text = b",".join(map(json_of, rows))
    return text if first or not text else b"," + text


def json_end(row_count: int) -> bytes:
    """What is after the rows."""
    return b'],"row_count":%d}' % row_count
