"""Rows of a report: a line each, with the heads on every page; drawn piece by piece, as FPDF.table takes too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from fpdf import FPDF

from exporter.api.answer import Answer
from exporter.api.exports.table import Table, written

FONT = "helvetica"
_SIZE_PT = 7
_LINE_MM = 4.2
_GAP_MM = 3.0
_LONGEST_CELL = 60
_RULE = 200


class _Column(NamedTuple):
    left_mm: float
    width_mm: float
    is_number: bool


def draw_rows(paper: FPDF, table: Table, rows: Sequence[Answer]) -> None:
    """Every row, from a new page on."""
    values = [table.cells(row) for row in rows]
    cells = [table.heads, *([latin(written(value)) for value in line] for line in values)]
    are_numbers = [any(isinstance(value, int | Decimal) for value in of) for of in zip(*values, strict=True)]
    _new_page(paper)
    columns = list(_columns(paper, cells, are_numbers or [False] * len(cells[0])))
    _row(paper, columns, cells[0], "B")
    for line in cells[1:]:
        if paper.get_y() + _LINE_MM > paper.page_break_trigger:
            _new_page(paper)
            _row(paper, columns, cells[0], "B")
        _row(paper, columns, line)


def latin(text: str) -> str:
    """Text that the fonts have; other characters as their codes."""
    return text.encode("latin-1", "backslashreplace").decode("latin-1")


def _new_page(paper: FPDF) -> None:
    paper.add_page()
    paper.set_draw_color(_RULE)


def _columns(paper: FPDF, lines: list[list[str]], are_numbers: list[bool]) -> Iterator[_Column]:
    """Each as wide as its longest cell, in proportion."""
    longest = [min(max(map(len, column)), _LONGEST_CELL) + 2 for column in zip(*lines, strict=True)]
    left_mm = paper.l_margin
    for width, is_number in zip(longest, are_numbers, strict=True):
        width_mm = paper.epw * width / sum(longest)
        yield _Column(left_mm, width_mm - _GAP_MM, is_number)
        left_mm += width_mm


def _row(paper: FPDF, columns: list[_Column], cells: list[str], style: str = "") -> None:
    """One row, as high as the cell with the most lines."""
    paper.set_font(FONT, style, _SIZE_PT)
    top_mm, most = paper.get_y(), 1
    for column, cell in zip(columns, cells, strict=True):
        for number, line in enumerate(_lines(paper, cell, column.width_mm)):
            indent_mm = column.width_mm - paper.get_string_width(line) if column.is_number else 0.0
            paper.text(column.left_mm + indent_mm, top_mm + (number + 0.7) * _LINE_MM, line)
            most = max(most, number + 1)
    bottom_mm = top_mm + most * _LINE_MM
    paper.line(paper.l_margin, bottom_mm, paper.l_margin + paper.epw, bottom_mm)
    paper.set_y(bottom_mm)


def _lines(paper: FPDF, text: str, width_mm: float) -> Iterator[str]:
    """Text cut into lines that have room."""
    while (needs_mm := paper.get_string_width(text)) > width_mm and len(text) > 1:
        end = max(1, int(len(text) * width_mm / needs_mm))
        while end > 1 and paper.get_string_width(text[:end]) > width_mm:
            end -= 1
        yield text[:end]
        text = text[end:]
    yield text
