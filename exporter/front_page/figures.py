"""How numbers are written: for people as text, for machines exactly, in the same element."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from exporter.front_page.html import Html, element

NOTHING = "–"


def count(name: str, value: int) -> Html:
    """A number of things."""
    return _data(name, str(value), f"{value:,}")


def percent(name: str, value: float | None) -> Html:
    """A share, 0 to 1; without one a dash."""
    return _data(name, None if value is None else repr(value), NOTHING if value is None else _percent(value))


def seconds(name: str, value: float | None) -> Html:
    """A duration."""
    return _data(
        name, None if value is None else repr(value), NOTHING if value is None else f"{value:,.3g} s"
    )


def rate(name: str, value: float | None) -> Html:
    """How many in a second."""
    return _data(name, None if value is None else repr(value), NOTHING if value is None else f"{value:,.1f}")


def money(name: str, value: Decimal | None) -> Html:
    """US dollars; small sums with more places."""
    return _data(name, None if value is None else f"{value:f}", NOTHING if value is None else dollars(value))


def dollars(value: Decimal | float) -> str:
    """US dollars as text."""
    sign, size_usd = "-" if value < 0 else "", abs(float(value))
    return f"{sign}${size_usd:,.2f}" if size_usd >= 1 or not size_usd else f"{sign}${size_usd:.4f}"


def limit(rule: str, value: float) -> str:
    """A threshold as text."""
    return f"{value:g} s" if rule.endswith("_seconds") else _percent(value)


def moment(at: datetime | None, now: datetime) -> Html:
    """A time with how long ago it was; a dash for never."""
    if at is None:
        return element("span", "never")
    return element("time", _ago((now - at).total_seconds()), datetime=at.isoformat(timespec="seconds"))


def _data(name: str, value: str | None, text: str) -> Html:
    return element("data", text, data_figure=name, value=value or "")


def _percent(value: float) -> str:
    return f"{value * 100:.3g} %"


def _ago(age_s: float) -> str:
    for size_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if age_s >= 2 * size_s:
            return f"{age_s / size_s:.0f} {unit} ago"
    return f"{max(age_s, 0):.0f} s ago"
