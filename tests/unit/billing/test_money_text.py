"""Amounts and currencies as a provider's API may write them."""

from __future__ import annotations

import pytest

from exporter.billing.money_text import amount_in, currency_in
from exporter.errors import Rejected


@pytest.mark.parametrize("text", ["-0.00750", "0", "-0.00000", "1234567.89", "0.1185"])
def test_a_decimal_is_exact(text: str) -> None:
    assert str(amount_in("price", text)) == text


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_is_not_zero(nothing: str | None) -> None:
    assert amount_in("price", nothing) is None
    assert currency_in("price_unit", nothing) == ""


@pytest.mark.parametrize(
    "odd",
    [
        "NaN",
        "Infinity",
        "-inf",
        "1e12",
        "1e999999",
        "1e-999999",
        "0e-999999",
        "0e999999",
        "-1e-19",
        "sNaN",
        "abc",
        "1,5",
        "9" * 5000,
        5,
        0.1,
        True,
        [],
        {},
    ],
)
def test_anything_else_is_refused_without_its_value(odd: object) -> None:
    with pytest.raises(Rejected, match=r"price: not a decimal number below 1e12"):
        amount_in("price", odd)


@pytest.mark.parametrize("text", ["USD", "usd", "Usd"])
def test_a_currency_is_written_in_either_case(text: str) -> None:
    assert currency_in("price_unit", text) == "USD"


@pytest.mark.parametrize("odd", ["US", "DOLLAR", "U$D", "ÜSD", 5, ["USD"]])
def test_no_currency_is_guessed(odd: object) -> None:
    with pytest.raises(Rejected, match="price_unit: not a currency"):
        currency_in("price_unit", odd)
