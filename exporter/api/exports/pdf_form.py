"""A table as a report on paper: charts, drawn as lines and rectangles, then every row.

The fonts that every reader brings know Latin-1 only; other characters are written as their codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from exporter.api.answer import Answer
from exporter.api.exports.pdf_rows import FONT, draw_rows, latin
from exporter.api.exports.report import Report
from exporter.api.exports.table import Chart
from exporter.measure import sum_of

_MOST_BARS = 40
_MARGIN_MM, _LINE_MM = 12.0, 5.0
_CHART_MM = 52.0
_BAR = (37, 99, 164)


def pdf(report: Report, rows: Sequence[Answer]) -> bytes:
    """The report; thousands of rows take a while, so make it beside the event loop."""
    paper = _Paper(orientation="landscape", format="A4")
    paper.set_margin(_MARGIN_MM)
    paper.set_auto_page_break(True, _MARGIN_MM)
    paper.set_creation_date(report.as_of)
    paper.set_title(report.table.title)
    paper.add_page()
    _title(paper, report, len(rows))
    for chart in report.table.charts:
        _chart(paper, chart, bars(chart, rows))
    draw_rows(paper, report.table, rows)
    return bytes(paper.output())


def bars(chart: Chart, rows: Sequence[Answer]) -> list[tuple[str, Decimal]]:
    """What a chart shows: by time the newest, else the largest."""
    amounts: dict[str, list[Decimal]] = {}
    for row in rows:
        amount = Decimal(1) if chart.value is None else Decimal(getattr(row, chart.value) or 0)
        amounts.setdefault(str(getattr(row, chart.by)), []).append(amount)
    found = [(name, sum_of(parts)) for name, parts in amounts.items()]
    if chart.in_order:
        return sorted(found)[-_MOST_BARS:]
    return sorted(found, key=lambda bar: (-bar[1], bar[0]))[:_MOST_BARS]


class _Paper(FPDF):
    """Pages with their number."""

    def footer(self) -> None:
        """The number of the page."""
        self.set_y(-_MARGIN_MM)
        self.set_font(FONT, size=7)
        self.cell(0, _LINE_MM, f"{self.page_no()}/{{nb}}", align="R")


def _title(paper: FPDF, report: Report, row_count: int) -> None:
    paper.set_font(FONT, "B", 16)
    _line(paper, report.table.title, 8)
    paper.set_font(FONT, size=9)
    _line(paper, f"{report.tenant}, {report.first} to {report.last} (UTC), {row_count:,} rows", 5)
    _line(paper, f"As of {report.as_of:%Y-%m-%d %H:%M:%S} UTC", 8)


def _line(paper: FPDF, text: str, height_mm: float) -> None:
    paper.cell(0, height_mm, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _chart(paper: FPDF, chart: Chart, found: list[tuple[str, Decimal]]) -> None:
    paper.set_font(FONT, "B", 10)
    _line(paper, chart.title, 6)
    paper.set_font(FONT, size=6)
    top_mm, bottom_mm = paper.get_y() + 4, paper.get_y() + _CHART_MM - 8
    largest = max((amount for _, amount in found), default=Decimal(0))
    width_mm = min(paper.epw / max(len(found), 1), 40.0)
    for at, (name, amount) in enumerate(found):
        left_mm = _MARGIN_MM + at * width_mm
        height_mm = float(amount / largest) * (bottom_mm - top_mm) if largest > 0 and amount > 0 else 0.0
        paper.set_fill_color(*_BAR)
        paper.rect(left_mm + 0.5, bottom_mm - height_mm, width_mm - 1, height_mm, style="F")
        _named(paper, left_mm, width_mm, bottom_mm + 1, name)
        _named(paper, left_mm, width_mm, bottom_mm - height_mm - 3, _short(amount))
    paper.set_draw_color(0)
    paper.line(_MARGIN_MM, bottom_mm, _MARGIN_MM + paper.epw, bottom_mm)
    paper.set_xy(_MARGIN_MM, bottom_mm + 8)


def _named(paper: FPDF, left_mm: float, width_mm: float, top_mm: float, text: str) -> None:
    """Text in the middle of a bar, cut to its width."""
    paper.set_xy(left_mm, top_mm)
    paper.cell(width_mm, 3, _fitting(paper, text, width_mm), align="C")


def _fitting(paper: FPDF, text: str, width_mm: float) -> str:
    """The end of a text that has room; days differ at their end."""
    shown = latin(text)
    while shown and paper.get_string_width(shown) > width_mm - 0.5:
        shown = shown[1:]
    return shown


def _short(amount: Decimal) -> str:
    return f"{amount:.4g}" if 0 < amount < 1 else f"{amount:,.2f}".removesuffix(".00")
