"""How things look on every board: a status has one colour everywhere, a limit is a red dashed line."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from grafana.board import Column, Limit

STATUS_COLORS = {
    "delivered|succeeded|success|ok|resolved|approved|green|lt_5m": "green",
    "read|played|opened|clicked|started|unknown": "blue",
    "sent|accepted|active": "light-blue",
    "failed|error|rejected|red|disabled|forged|ge_1h": "red",
    "undelivered|timeout|disputed|lost": "dark-red",
    "paused|yellow|parked|rate_limited|deferred|handed_off|lt_1h|refunded|waiting": "orange",
    "duplicate|late|canceled|ended|other": "gray",
}
"""Words that end a legend, and their colour. Good is green, bad is red, what needs an eye is orange."""
_LIMIT = [
    model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": "red"}),
    model.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
    model.DynamicConfigValue("custom.fillOpacity", 0),
]

Override = tuple[str, list[model.DynamicConfigValue]]
"""A regular expression over the names of fields, and what it changes of them."""


def line_overrides(legends: list[str]) -> list[Override]:
    """The colours of a graph whose lines have these legends."""
    found: list[Override] = []
    if any(_ends_with_a_status(legend) for legend in legends):
        found += [(rf"/\b({words})$/", [_fixed(color)]) for words, color in STATUS_COLORS.items()]
    if any(legend.startswith("limit") for legend in legends):
        found.append(("/^limit/", _LIMIT))
    return found


def _ends_with_a_status(legend: str) -> bool:
    return legend in ("{{status}}", "{{state}}", "{{age}}", "{{scope}} {{quality}}", "{{currency}} {{state}}")


def _fixed(color: str) -> model.DynamicConfigValue:
    return model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})


def column_overrides(columns: tuple[Column, ...]) -> list[Override]:
    """Titles and units of a table's columns, and which are left out."""
    return [(f"/^{column.field}$/", _of_column(column)) for column in columns]


def _of_column(column: Column) -> list[model.DynamicConfigValue]:
    if column.hidden:
        return [model.DynamicConfigValue("custom.hidden", True)]
    changes = {"displayName": column.title, "unit": column.unit}
    return [model.DynamicConfigValue(name, value) for name, value in changes.items() if value]


def thresholds(limit: Limit | None, otherwise: str) -> build.ThresholdsConfig:
    """Green up to the limit and red from it on, or the other way round; one colour where there is none."""
    match limit:
        case None:
            steps = [model.Threshold(value=None, color=otherwise)]
        case Limit(bad="below"):
            steps = [
                model.Threshold(value=None, color=limit.color),
                model.Threshold(value=limit.value, color="green"),
            ]
        case _:
            steps = [
                model.Threshold(value=None, color="green"),
                model.Threshold(value=limit.value, color=limit.color),
            ]
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
