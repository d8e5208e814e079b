"""Money in whole numbers of its smallest unit."""

from decimal import Decimal

import pytest

from exporter.sources.money_unit import in_units

NO_DECIMALS = (
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
)


@pytest.mark.parametrize("currency", NO_DECIMALS)
def test_a_currency_without_decimals_is_taken_as_it_is(currency):
    assert in_units(5000, currency) == Decimal("5000")


@pytest.mark.parametrize("currency", ["BHD", "JOD", "KWD", "OMR", "TND"])
def test_a_currency_with_three_decimals_has_thousandths(currency):
    assert str(in_units(12345, currency)) == "12.345"


@pytest.mark.parametrize("currency", ["USD", "EUR", "GBP", "BRL", "ISK", "UGX", "HUF", "TWD", "ZZZ"])
def test_every_other_currency_has_hundredths(currency):
    assert str(in_units(2000, currency)) == "20.00"


def test_no_digit_is_lost():
    assert in_units(10**15 - 1, "USD") == Decimal("9999999999999.99")
