"""A field of an event from a row: units, defaults, and what is no such value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.profile import Pick
from exporter.scans.pick import Value, Wants, first_text, reading


def read(pick: dict[str, Any], wants: Wants = Wants.NUMBER, **row: str | None) -> Value | None:
    return reading(Pick.model_validate({"column": "c", **pick}), wants)(row)


@pytest.mark.parametrize(
    ("unit", "text", "seconds"),
    [
        ("us", "1500", "0.0015"),
        ("ms", "1500", "1.5"),
        ("s", "1.5", "1.5"),
        ("min", "2", "120"),
        ("h", "0.5", "1800"),
        ("d", "1", "86400"),
    ],
)
def test_durations_become_seconds(unit: str, text: str, seconds: str) -> None:
    assert read({"unit": unit}, Wants.SECONDS, c=text) == Decimal(seconds)


def test_seconds_are_kept_to_the_microsecond() -> None:
    assert read({"unit": "ms"}, Wants.SECONDS, c="0.0005") == Decimal("0.000001")
    assert read({"unit": "ms"}, Wants.SECONDS, c="0.0004") == 0


def test_money_is_exact_to_twelve_decimals() -> None:
    assert read({"unit": "cents"}, c="0.79") == Decimal("0.0079")
    assert read({"unit": "micros"}, c="1") == Decimal("0.000001")
    assert read({}, c="0.1234567890125") == Decimal("0.123456789013")


@pytest.mark.parametrize("text", [None, "", "many", "NaN", "Infinity", "-Infinity", "1" * 65, "1e12", "-1"])
def test_what_can_be_no_amount_is_none_and_takes_the_default(text: str | None) -> None:
    assert read({}, c=text) is None
    assert read({"default": 7}, c=text) == 7


def test_only_a_signed_field_takes_a_loss() -> None:
    assert read({}, Wants.SIGNED, c="-1.5") == Decimal("-1.5")
    assert read({"absolute": True}, c="-1.5") == Decimal("1.5")


def test_a_duration_of_more_than_a_year_is_none() -> None:
    assert read({"unit": "d"}, Wants.SECONDS, c="366") == 31_622_400
    assert read({"unit": "d"}, Wants.SECONDS, c="366.1") is None


def test_between_two_times_are_seconds_and_never_less_than_none() -> None:
    pick = {"since": "began"}
    assert read(pick, Wants.SECONDS, c="3500000", began="1000000") == Decimal("2.5")
    assert read(pick, Wants.SECONDS, c="1000000", began="3500000") is None
    assert read(pick, Wants.SECONDS, c="1000000", began=None) is None


def test_words_are_mapped_and_others_take_the_default() -> None:
    pick = {"map": {"true": "sent", "false": "failed"}, "default": "sent"}
    assert read(pick, Wants.TEXT, c="false") == "failed"
    assert read(pick, Wants.TEXT, c=None) == "sent"
    assert read({"map": {"a": "b"}}, Wants.TEXT, c="c") is None


def test_free_text_of_an_error_becomes_its_class() -> None:
    assert read({"reads": "error_text"}, Wants.TEXT, c="Error 21610") == "opted_out"


def test_the_first_column_that_holds_something_is_read() -> None:
    row = {"a": None, "b": "", "j.k": '{"code": 1}', "c": "x"}
    assert first_text(row, ["a", "b", "j.k", "c"]) == "x"
    assert first_text(row, ["a", "b"]) is None


@given(st.text(max_size=80), st.sampled_from(list(Wants)))
def test_no_text_stops_a_row(text: str, wants: Wants) -> None:
    value = read({}, wants, c=text)
    assert value is None or wants is Wants.TEXT or isinstance(value, Decimal)
