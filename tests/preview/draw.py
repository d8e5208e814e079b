"""A panel as HTML: a tile, a graph in SVG, or a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from math import floor, isnan, log10
from typing import Any

from tests.preview.answers import Answer, Line
from tests.preview.colors import css, limit_of, of_line, of_value, overridden
from tests.preview.units import shown

_LEFT, _BOTTOM = 62, 18
_LEGENDS = 6
_NO_DATA = '<div class="empty">No data</div>'


def inside(panel: dict[str, Any], answer: Answer, width: int, height: int) -> str:
    """What stands under the panel's title."""
    lines = [line for line in answer.lines if any(not isnan(value) for _, value in line.points)]
    if not lines and not answer.rows:
        return _NO_DATA
    if panel["type"] == "table":
        return _table(panel, answer.rows, height)
    return _tile(panel, lines[0]) if panel["type"] == "stat" else _graph(panel, lines, width, height)


def _tile(panel: dict[str, Any], line: Line) -> str:
    value = line.points[-1][1]
    defaults = panel["fieldConfig"]["defaults"]
    words = {
        key: entry["text"] for one in defaults.get("mappings", []) for key, entry in one["options"].items()
    }
    text = words.get(f"{value:g}") or shown(value, defaults["unit"])
    color = of_value(panel, value)
    filled = panel["options"]["colorMode"] == "background"
    style = f"background:{color};color:#fff" if filled else f"color:{color}"
    return f'<div class="tile" style="{style}">{escape(text)}</div>'


def _table(panel: dict[str, Any], rows: Sequence[dict[str, object]], height: int) -> str:
    every = dict.fromkeys(name for row in rows for name in row)
    names = [name for name in every if not overridden(panel, name).get("custom.hidden")]
    heads = "".join(
        f"<th>{escape(str(overridden(panel, name).get('displayName', name)))}</th>" for name in names
    )
    fits = max(1, (height - 30) // 26)
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(_cell(panel, name, row.get(name)))}</td>' for name in names)}</tr>"
        for row in rows[:fits]
    )
    return f"<table><tr>{heads}</tr>{lines}</table>"


def _cell(panel: dict[str, Any], name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    unit = overridden(panel, name).get("unit") or panel["fieldConfig"]["defaults"]["unit"]
    return value if isinstance(value, str) else shown(float(str(value)), unit)


def _graph(panel: dict[str, Any], lines: Sequence[Line], width: int, height: int) -> str:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    limit = limit_of(panel)
    values = [value for line in lines for _, value in line.points if not isnan(value)]
    low = panel["fieldConfig"]["defaults"].get("min", min(0.0, *values))
    ticks = _ticks(low, max(*values, limit or 0.0, low + 1e-9))
    times = [at for line in lines for at, _ in line.points]
    area = _Area(width, height - 24 * ((min(len(lines), _LEGENDS) + 3) // 4), ticks, min(times), max(times))
    parts = [area.grid(unit)]
    if limit is not None and panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"] != "off":
        parts.append(area.level(limit, css("red")))
    bars = panel["fieldConfig"]["defaults"]["custom"].get("drawStyle") == "bars"
    parts += [(_bars if bars else _line)(panel, line, place, area) for place, line in enumerate(lines)]
    svg = f'<svg width="{width}" height="{area.height}">{"".join(parts)}</svg>'
    return svg + _legend(panel, lines, unit)


def _line(panel: dict[str, Any], line: Line, place: int, area: _Area) -> str:
    dash = ' stroke-dasharray="8 6"' if "custom.lineStyle" in overridden(panel, line.name) else ""
    points = " ".join(
        f"{area.x(at):.1f},{area.y(value):.1f}" for at, value in line.points if not isnan(value)
    )
    color = of_line(panel, line.name, place)
    if len(line.points) == 1:
        x, y = points.split(",")
        return f'<circle cx="{x}" cy="{y}" r="4" fill="{color}"/>'
    return f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>'


def _bars(panel: dict[str, Any], line: Line, place: int, area: _Area) -> str:
    """Beside each other, not stacked as Grafana does."""
    color = of_line(panel, line.name, place)
    return "".join(
        f'<rect x="{area.x(at) - 30 + 12 * place:.1f}" y="{area.y(value):.1f}" width="10" '
        f'height="{area.y(0) - area.y(value):.1f}" fill="{color}"/>'
        for at, value in line.points
    )


def _legend(panel: dict[str, Any], lines: Sequence[Line], unit: str) -> str:
    entries = "".join(
        f'<span><i style="background:{of_line(panel, line.name, place)}"></i>{escape(line.name[:32])} '
        f"<b>{shown(line.points[-1][1], unit)}</b></span>"
        for place, line in enumerate(lines[:_LEGENDS])
    )
    more = f"<span>and {len(lines) - _LEGENDS} more</span>" if len(lines) > _LEGENDS else ""
    return f'<div class="legend">{entries}{more}</div>'


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers that enclose the values."""
    rough = (high - low) / 4
    size = 10 ** floor(log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first = floor(low / step)
    return [
        step * (first + number) for number in range(12) if number < 2 or step * (first + number - 1) < high
    ]


class _Area:
    """Where the points of a graph lie."""

    def __init__(self, width: int, height: int, ticks: list[float], first_s: float, last_s: float) -> None:
        self.height = height
        self._width, self._ticks = width, ticks
        self._first_s, self._last_s = first_s, max(last_s, first_s + 1)

    def x(self, at_s: float) -> float:
        return _LEFT + (at_s - self._first_s) / (self._last_s - self._first_s) * (self._width - _LEFT - 8)

    def y(self, value: float) -> float:
        low, high = self._ticks[0], self._ticks[-1]
        return 6 + (high - value) / (high - low) * (self.height - _BOTTOM - 6)

    def level(self, value: float, color: str) -> str:
        y = self.y(value)
        return f'<line x1="{_LEFT}" x2="{self._width}" y1="{y}" y2="{y}" stroke="{color}" stroke-dasharray="10 5"/>'

    def grid(self, unit: str) -> str:
        across = "".join(
            f'<line class="grid" x1="{_LEFT}" x2="{self._width}" y1="{self.y(tick)}" y2="{self.y(tick)}"/>'
            f'<text x="{_LEFT - 6}" y="{self.y(tick) + 4}" text-anchor="end">{shown(tick, unit)}</text>'
            for tick in self._ticks
        )
        times = [self._first_s + part * (self._last_s - self._first_s) / 3 for part in (0, 1, 2, 3)]
        below = "".join(
            f'<text x="{self.x(at)}" y="{self.height - 3}" text-anchor="{anchor}">'
            f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}</text>"
            for at, anchor in zip(times, ("start", "middle", "middle", "end"), strict=True)
        )
        return across + below
