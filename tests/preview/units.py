"""Numbers as people read them, for the few units that our dashboards use."""

from __future__ import annotations

from math import isnan

_DURATIONS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))


def shown(value: float, unit: str) -> str:
    """A number with its unit, three digits long."""
    if isnan(value):
        return "–"
    match unit:
        case "percentunit":
            return f"{100 * value:.3g} %"
        case "currencyUSD":
            return f"${value:,.2f}" if abs(value) >= 0.1 or not value else f"${value:.2g}"
        case "s":
            return _duration(value)
        case "d":
            return f"{value:.3g} days"
        case "ops":
            return f"{_short(value)}/s"
        case _:
            return _short(value)


def _duration(value_s: float) -> str:
    for size_s, name in _DURATIONS:
        if abs(value_s) >= size_s:
            return f"{value_s / size_s:.3g} {name}"
    return f"{value_s:.3g} s"


def _short(value: float) -> str:
    for size, name in ((1e9, " B"), (1e6, " M"), (1e4, " K")):
        if abs(value) >= size:
            return f"{value / size * (10 if size == 1e4 else 1):.3g}{name}"
    return f"{value:.4g}"
