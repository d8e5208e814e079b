"""Bars as SVG: what was tried in each hour or day, and of it what failed."""

from __future__ import annotations

from collections.abc import Sequence

from exporter.front_page.channels import Bar
from exporter.front_page.html import Html, element, together

_HEIGHT, _STEP, _WIDTH = 40, 4, 3


def chart(channel: str, bars: Sequence[Bar], *, hourly: bool) -> Html:
    """A drawing with what its height means; the exact numbers are in the figures beside it."""
    most = max((bar.attempted for bar in bars), default=0)
    unit = "hour" if hourly else "day"
    drawn = together(_bar(place, bar, most) for place, bar in enumerate(bars) if bar.attempted)
    box = f"0 0 {_STEP * len(bars)} {_HEIGHT}"
    failed = sum(bar.failed for bar in bars)
    words = f"{channel}: attempted and failed messages by {unit}, {failed:,} failed in all"
    drawing = element(
        "svg", drawn, viewBox=box, preserveAspectRatio="none", role="img", aria_label=words, class_="chart"
    )
    return element("figure", drawing, element("figcaption", f"By {unit}, at most {most:,}; failed in red"))


def _bar(place: int, bar: Bar, most: int) -> Html:
    told = element("title", f"{bar.begins:%Y-%m-%d %H:%M} UTC: {bar.attempted:,}, {bar.failed:,} failed")
    tried = _box(place, bar.attempted / most, "tried")
    return element("g", told, tried, _box(place, bar.failed / most, "failed") if bar.failed else None)


def _box(place: int, share: float, kind: str) -> Html:
    """Never so low that it cannot be seen."""
    height = max(1.0, round(share * _HEIGHT, 2))
    return element(
        "rect", x=_STEP * place, y=round(_HEIGHT - height, 2), width=_WIDTH, height=height, class_=kind
    )
