"""CSV whose text no spreadsheet takes for a formula; numbers and telephone numbers stay as they are.

What begins a formula: owasp.org/www-community/attacks/CSV_Injection, with the full-width forms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.api.answer import Answer
from exporter.api.exports.table import Table, written

_LIVE = re.compile(r"[\s\0\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
_SPECIAL = re.compile(r'[,"\r\n]')
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def csv_heads(table: Table) -> bytes:
    """The first line."""
    return _lines([table.heads])


def csv_rows(table: Table, rows: Iterable[Answer]) -> bytes:
    """A line for each row."""
    return _lines(
        [guarded(cell) if isinstance(cell, str) else written(cell) for cell in table.cells(row)]
        for row in rows
    )


def guarded(text: str) -> str:
    """Text with an apostrophe before what a spreadsheet would run; a number runs nothing, E.164 is one."""
    return f"'{text}" if _LIVE.match(text) and not _NUMBER.fullmatch(text) else text


def _lines(rows: Iterable[list[str]]) -> bytes:
    lines = "".join(f"{','.join(map(_quoted, row))}\n" for row in rows)
    return lines.encode("utf-8", "backslashreplace")


def _quoted(cell: str) -> str:
    """As RFC 4180 does; csv.writer would leave a lone CR bare, which begins a line for some who read."""
    return '"{}"'.format(cell.replace('"', '""')) if _SPECIAL.search(cell) else cell
