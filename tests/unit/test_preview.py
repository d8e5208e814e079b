"""The preview draws what a board says, and nothing that a board does not say."""

from __future__ import annotations

from math import nan
from typing import Any

import pytest

from tests.preview.answers import Answer, Line
from tests.preview.draw import inside
from tests.preview.page import height_of, page
from tests.preview.units import shown
from tests.stack.queries import DASHBOARDS, panels, read

BOARDS = {path.stem: read(path) for path in DASHBOARDS}


def panel(board: str, number: int) -> dict[str, Any]:
    return next(one for one in panels(BOARDS[board]) if one["id"] == number)


def drawn(board: str, number: int, *lines: Line) -> str:
    return inside(panel(board, number), Answer(list(lines), []), 400, 200)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.051, "percentunit", "5.1 %"),
        (0.0042, "s", "4.2 ms"),
        (90.0, "s", "1.5 min"),
        (1234.5, "currencyUSD", "$1,234.50"),
        (0.0042, "currencyUSD", "$0.0042"),
        (12_300.0, "short", "12.3 K"),
        (2.0, "d", "2 days"),
        (nan, "s", "–"),
    ],
)
def test_numbers_are_shown_with_their_unit(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


def test_a_tile_is_red_from_its_limit_on_and_green_below() -> None:
    assert "#3a9d4b" in drawn("overview", 1, Line("pages", [(0, 0)]))
    assert "#e02f44" in drawn("overview", 1, Line("pages", [(0, 1)]))


def test_a_tile_says_the_word_of_its_value() -> None:
    assert "SIMULATED" in drawn("overview", 51, Line("numbers", [(0, 1)]))


def test_a_limit_is_dashed_and_another_line_is_not() -> None:
    text = drawn(
        "delivery", 11, Line("acme sms", [(0, 0.1), (9, 0.2)]), Line("limit acme", [(0, 0.05), (9, 0.05)])
    )
    assert text.count("<polyline") == 2
    assert text.count("stroke-dasharray") == 1


def test_a_status_has_its_colour_also_where_it_ends_like_another() -> None:
    good = drawn("delivery", 13, Line("delivered", [(0, 1), (9, 1)]))
    bad = drawn("delivery", 13, Line("undelivered", [(0, 1), (9, 1)]))
    assert ("#3a9d4b" in good, "#3a9d4b" in bad) == (True, False)


@pytest.mark.parametrize("lines", [[], [Line("x", [(0, nan)])]])
def test_nothing_and_no_number_are_no_data(lines: list[Line]) -> None:
    assert "No data" in drawn("delivery", 13, *lines)


def test_a_table_leaves_hidden_columns_out_and_shows_what_only_later_rows_have() -> None:
    rows: list[dict[str, object]] = [
        {"alertname": "A", "Time": 1, "Value": 60.0},
        {"alertname": "B", "tenant": "acme"},
    ]
    text = inside(panel("overview", 11), Answer([], rows), 400, 200)
    assert "1 min" in text
    assert "acme" in text
    assert ">Time<" not in text


def test_what_a_label_holds_is_text_and_never_markup() -> None:
    text = drawn("delivery", 13, Line("<script>", [(0, 1), (9, 1)]))
    assert "<script>" not in text


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_says_that_it_is_not_grafana_and_holds_every_panel(name: str, theme: str) -> None:
    answers = {one["id"]: Answer([], []) for one in panels(BOARDS[name])}
    text = page(BOARDS[name], answers, theme)
    assert "preview, not Grafana" in text
    assert text.count("class='panel'") == len(answers)
    assert height_of(BOARDS[name]) > 500
