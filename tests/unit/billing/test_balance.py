"""How long prepaid money lasts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from exporter.billing.balance import runway_s
from exporter.billing.bill_gauges import spend_by_day
from exporter.ledger.bills import BillLine

DAY = date(2026, 11, 20)


def spent(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


@pytest.mark.parametrize(
    ("balance", "daily", "days"),
    [
        ("70", ["10"] * 7, 7),
        ("70", ["0", "20"], 7),
        ("0.05", ["0.10"], 0.5),
        ("0", ["10"], 0),
        ("-12.3456", ["10"], 0),
        ("10", ["30", "-10"], 1),
    ],
)
def test_the_balance_lasts_at_the_mean_of_the_days(balance: str, daily: list[str], days: float) -> None:
    assert runway_s(Decimal(balance), spent(*daily)) == days * 86_400


@pytest.mark.parametrize("daily", [[], ["0"], ["0", "0"], ["-1"]])
def test_without_spending_there_is_no_end_to_name(daily: list[str]) -> None:
    assert runway_s(Decimal(10), spent(*daily)) is None


def test_spending_is_the_newest_seven_complete_days_of_totals() -> None:
    days = [DAY - timedelta(days=age) for age in range(10)]
    lines = [BillLine(day, "totalprice", Decimal(age), "USD", is_total=True) for age, day in enumerate(days)]
    others = [BillLine(DAY, "sms", Decimal(50), "USD"), BillLine(DAY, "total", Decimal(9), "EUR", None, True)]
    assert spend_by_day([*others, *lines], DAY - timedelta(days=2)) == [8, 7, 6, 5, 4, 3, 2]
