"""Grafana's names of colours, and which of them a panel asks for."""

from __future__ import annotations

import re
from typing import Any

PALETTE = (
    "#73bf69",
    "#f2cc0c",
    "#8ab8ff",
    "#ff780a",
    "#b877d9",
    "#5794f2",
    "#fade2a",
    "#37872d",
    "#ffa6b0",
    "#96d98d",
)
_NAMED = {
    "green": "#3a9d4b",
    "red": "#e02f44",
    "dark-red": "#9b1c2e",
    "orange": "#e8801a",
    "blue": "#3274d9",
    "light-blue": "#8ab8ff",
    "gray": "#8e8e8e",
    "text": "var(--text)",
}


def css(name: str) -> str:
    return _NAMED[name]


def of_value(panel: dict[str, Any], value: float) -> str:
    """The colour of the highest step that a value reaches."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    reached = [step for step in steps if step["value"] is None or value >= step["value"]]
    return css(reached[-1]["color"])


def limit_of(panel: dict[str, Any]) -> float | None:
    """Where a fixed line is drawn."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return next((float(step["value"]) for step in steps if step["value"] is not None), None)


def overridden(panel: dict[str, Any], name: str) -> dict[str, Any]:
    """What the panel's overrides change of the field with this name."""
    changes: dict[str, Any] = {}
    for override in panel["fieldConfig"]["overrides"]:
        if re.search(override["matcher"]["options"].strip("/"), name):
            changes |= {change["id"]: change.get("value") for change in override["properties"]}
    return changes


def of_line(panel: dict[str, Any], name: str, place: int) -> str:
    color = overridden(panel, name).get("color")
    return css(color["fixedColor"]) if color else PALETTE[place % len(PALETTE)]
