"""How numbers are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exporter.front_page import figures

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "$0.00"), ("0.0079", "$0.0079"), ("1", "$1.00"), ("1234.567", "$1,234.57"), ("-0.5", "-$0.5000")],
)
def test_small_money_has_more_places(value: str, text: str) -> None:
    assert figures.dollars(Decimal(value)) == text


def test_machines_read_all_digits() -> None:
    assert (
        figures.money("x", Decimal("0.123456789"))
        == '<data data-figure="x" value="0.123456789">$0.1235</data>'
    )
    assert figures.percent("x", 1 / 3) == f'<data data-figure="x" value="{1 / 3!r}">33.3 %</data>'


def test_nothing_is_a_dash_and_never_a_zero() -> None:
    for write in (figures.percent, figures.seconds, figures.rate, figures.money):
        assert write("x", None) == '<data data-figure="x" value="">–</data>'


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-3), "0 s ago"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=10), "10 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=3), "3 d ago"),
    ],
)
def test_a_time_says_how_long_ago_it_was(age: timedelta, text: str) -> None:
    assert f">{text}</time>" in figures.moment(NOW - age, NOW)


def test_what_never_was_says_so() -> None:
    assert figures.moment(None, NOW) == "<span>never</span>"


def test_thresholds_have_their_unit() -> None:
    assert figures.limit("response_p95_seconds", 3) == "3 s"
    assert figures.limit("error_ratio", 0.05) == "5 %"
