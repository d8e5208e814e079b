"""The section about money."""

from __future__ import annotations

from exporter.front_page.figures import NOTHING, dollars, limit, money, percent
from exporter.front_page.html import Html, element, together
from exporter.front_page.look import Look
from exporter.front_page.money import Drift, Line
from exporter.front_page.sections import section, table


def money_section(look: Look, bill_drift_ratio: float) -> Html | None:
    """Today, the month, what it will be, and how far that is from the bills."""
    if look.money is None:
        return None
    found = look.money
    name = look.visit.tenant or "All tenants"
    first = "Channel" if look.visit.tenant else "Tenant"
    rows = [_row("", found.whole._replace(name=name)), *[_row(line.name, line) for line in found.lines]]
    heads = [first, "Today", "This month", "Forecast", "Budget left"]
    note = "Days and months of UTC, as of a minute ago at most; each bill's newest complete day is compared."
    drifts = _drifts(found.drifts, bill_drift_ratio) if look.visit.sees_all_tenants else None
    return section("money", "Money", table("Money in US dollars", heads, rows), drifts, element("p", note))


def _row(figure: str, line: Line) -> list[str]:
    left_usd = None if line.budget_usd is None else line.budget_usd - line.spent_usd
    return [
        line.name,
        money(f"money/{figure}/today", line.today_usd),
        money(f"money/{figure}/month", line.spent_usd),
        _forecast(figure, line),
        money(f"money/{figure}/left", left_usd),
    ]


def _forecast(figure: str, line: Line) -> Html:
    if line.forecast is None:
        return element("span", NOTHING)
    low_usd, expected_usd, high_usd = line.forecast
    value = element(
        "data", dollars(expected_usd), data_figure=f"money/{figure}/forecast", value=repr(expected_usd)
    )
    return together((value, f" ({dollars(low_usd)} to {dollars(high_usd)})"))


def _drifts(drifts: list[Drift], most_ratio: float) -> Html:
    if not drifts:
        return element("p", "Bill drift: no bill to compare with.")
    return element("ul", *[_drift(one, most_ratio) for one in drifts])


def _drift(one: Drift, most_ratio: float) -> Html:
    is_bad = one.ratio > most_ratio
    words = "✗ should be at most" if is_bad else "✓ at most"
    verdict = element(
        "span", f"{words} {limit('bill_drift_ratio', most_ratio)}", class_="bad" if is_bad else "good"
    )
    about = f"Bill drift, {one.provider} {one.category}: "
    return element("li", about, percent(f"drift/{one.provider}/{one.category}", one.ratio), " ", verdict)
