"""A counter of what is billed ends at the most that was ever billed, and what waits adds up."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exporter.billing.settlement import Bounds, UnsettledSums, increases
from exporter.ledger.bills import BilledAmount, Unsettled

DAY = date(2026, 11, 20)
AMOUNTS = st.decimals(min_value=-5, max_value=50, places=4)
HISTORIES = st.lists(
    st.builds(
        BilledAmount,
        st.sampled_from([DAY, date(2026, 11, 19)]),
        st.sampled_from(["sms-inbound", "sms-outbound"]),
        AMOUNTS,
    )
)


def of_one_line(*amounts: str) -> list[BilledAmount]:
    return [BilledAmount(DAY, "sms-outbound", Decimal(amount)) for amount in amounts]


def steps(*amounts: str) -> list[tuple[str, str]]:
    """By how much, and to what."""
    return [(str(one.amount_usd), str(one.cumulative_usd)) for one in increases(of_one_line(*amounts))]


def test_a_bill_that_grows_counts_what_it_grew() -> None:
    assert steps("5.2785", "6.00", "6.0001") == [
        ("5.2785", "5.2785"),
        ("0.7215", "6.00"),
        ("0.0001", "6.0001"),
    ]


def test_a_correction_downwards_waits_until_it_is_exceeded() -> None:
    assert steps("10", "8", "9", "10", "12") == [("10", "10"), ("2", "12")]


def test_a_credit_or_nothing_counts_nothing() -> None:
    assert steps("0", "-3", "0.00") == []


@given(HISTORIES)
def test_each_line_ends_at_the_most_it_ever_was(history: list[BilledAmount]) -> None:
    reached: Counter[tuple[date, str]] = Counter()
    for day, category, amount_usd, cumulative_usd in increases(history):
        assert amount_usd > 0
        reached[day, category] += amount_usd  # type: ignore[assignment]
        assert reached[day, category] == cumulative_usd
    for day, category, _ in history:
        most = max(each.amount_usd for each in history if each[:2] == (day, category))
        assert reached[day, category] == max(most, 0)


@given(HISTORIES, st.integers(min_value=0, max_value=50))
def test_more_history_only_adds_to_the_end(history: list[BilledAmount], cut: int) -> None:
    known = list(increases(history[:cut]))
    assert list(increases(history))[: len(known)] == known


def test_what_waits_adds_up_by_tenant_and_channel() -> None:
    sums = UnsettledSums()
    for tenant, low_usd, high_usd in (("a", "0.0079", "0.0083"), ("a", "0.01", "0.01"), ("b", "0", "1")):
        sums.add(tenant, "sms", Bounds(Decimal(low_usd), Decimal(high_usd)))
    assert sums.all() == [
        Unsettled("a", "sms", Decimal("0.0179"), Decimal("0.0183")),
        Unsettled("b", "sms", Decimal(0), Decimal(1)),
    ]
