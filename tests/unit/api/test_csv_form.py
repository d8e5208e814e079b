"""Cells of CSV: no spreadsheet runs them, and no number is harmed."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.api.answer import Answer
from exporter.api.exports.csv_form import csv_rows, guarded
from exporter.api.exports.table import Table, written
from exporter.api.period import LastDays

_RUN = re.compile(r"[\s\0\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")


class Row(Answer):
    text: str
    amount: Decimal


async def nothing(*_: object):  # type: ignore[no-untyped-def]
    yield []


TABLE = Table("t", "T", LastDays, Row, nothing, (), {"amount": 4})


def line(text: str, amount: str = "1") -> str:
    return csv_rows(TABLE, [Row(text=text, amount=Decimal(amount))]).decode()


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://evil.example")',
        "@SUM(A1)",
        "+1+cmd|' /C calc'!A0",
        "-2+3+cmd",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\ufeff=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "+",
        "-",
        "-1-1",
    ],
)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["+15551234567", "-12.50", "-3", "gpt-4", "a=b", "claude-3-opus", "", "a@b", "2024-01-15"]
)
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text


def test_amounts_are_numbers_and_never_guarded() -> None:
    assert line("x", "-12.5") == "x,-12.5000\n"
    assert line("x", "1E-7") == "x,0.0000\n"
    assert written(Decimal("1E-7")) == "0.0000001"


def test_a_cost_is_rounded_half_up() -> None:
    assert [line("x", amount) for amount in ("0.00005", "0.00015", "0.000049")] == [
        "x,0.0001\n",
        "x,0.0002\n",
        "x,0.0000\n",
    ]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_text_comes_back_from_the_file_and_none_of_it_is_live(text: str) -> None:
    [[cell, _]] = csv.reader(io.StringIO(line(text), newline=""))
    assert cell in (text, f"'{text}")
    assert not _RUN.match(cell) or re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", cell)
