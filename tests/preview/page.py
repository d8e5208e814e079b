"""A board as one page of HTML, laid out on Grafana's grid, in light or dark."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from tests.preview.answers import Answer
from tests.preview.draw import inside

WIDTH = 1600
_HEAD, _CELL, _ROW, _GAP = 96, WIDTH / 24, 38, 8
_STYLE = """
body { margin: 0; font: 13px sans-serif; background: var(--page); color: var(--text); position: relative; }
body.light { --page: #f4f5f5; --panel: #fff; --text: #24292e; --soft: #6e7280; --line: #e0e1e4; }
body.dark { --page: #111217; --panel: #181b1f; --text: #ccccdc; --soft: #8e93a0; --line: #2c3038; }
header { padding: 14px 12px; } h1 { font-size: 20px; margin: 0 0 6px; } header p { margin: 0; color: var(--soft); }
header b { color: #e02f44; }
.row { position: absolute; font-size: 15px; font-weight: bold; padding: 8px 10px; }
.panel { position: absolute; background: var(--panel); border: 1px solid var(--line); border-radius: 3px;
  overflow: hidden; box-sizing: border-box; padding: 6px 8px; }
.panel h2 { font-size: 13px; margin: 0 0 4px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.tile { position: absolute; inset: 28px 0 0 0; display: flex; align-items: center; justify-content: center;
  font-size: 32px; font-weight: bold; }
.empty { position: absolute; inset: 28px 0 0 0; display: flex; align-items: center; justify-content: center;
  color: var(--soft); }
svg text { fill: var(--soft); font-size: 11px; } .grid { stroke: var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 12px; font-size: 11px; }
.legend i { display: inline-block; width: 12px; height: 4px; margin-right: 4px; vertical-align: middle; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; color: var(--soft); font-weight: normal; }
td, th { padding: 4px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; height: 17px; }
"""


def height_of(board: dict[str, Any]) -> int:
    """Pixels of the whole page."""
    return _HEAD + _ROW * max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])


def page(board: dict[str, Any], answers: Mapping[int, Answer], theme: str) -> str:
    """The whole board."""
    body = "".join(_placed(panel, answers.get(panel["id"])) for panel in board["panels"])
    return (
        f"<!doctype html><meta charset='utf-8'><title>{escape(board['title'])}</title><style>{_STYLE}</style>"
        f"<body class='{theme}'><header><h1>{escape(board['title'])}</h1><p><b>preview, not Grafana</b> · "
        f"{escape(board['description'])} {_variables(board)}</p></header>{body}</body>"
    )


def _variables(board: dict[str, Any]) -> str:
    names = (variable["label"] for variable in board["templating"]["list"])
    return escape(" · Variables: " + ", ".join(names))


def _placed(panel: dict[str, Any], answer: Answer | None) -> str:
    place = panel["gridPos"]
    left, top = round(place["x"] * _CELL), _HEAD + place["y"] * _ROW
    width, height = round(place["w"] * _CELL) - _GAP, place["h"] * _ROW - _GAP
    style = f"left:{left}px;top:{top}px;width:{width}px;height:{height}px"
    if answer is None:
        return f"<div class='row' style='{style}'>⌄ {escape(panel['title'])}</div>"
    drawn = inside(panel, answer, width - 18, height - 34)
    title = f"<h2 title='{escape(panel['description'])}'>{escape(panel['title'])}</h2>"
    return f"<div class='panel' style='{style}'>{title}{drawn}</div>"
