"""Our estimates against the bill: a wrong rate is named with its category, and what cannot be compared says nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.billing.drift import CostDays, Drift
from exporter.billing.twilio_categories import CATEGORIES
from exporter.cost_days import CostDay
from exporter.ledger.bills import BillLine

DAY = date(2026, 11, 18)
BEFORE = DAY - timedelta(days=1)


def cost(
    usd: str, component: str = "message", channel: str = "sms", day: date = DAY, **more: str
) -> tuple[CostDay, tuple[Decimal, int]]:
    labels = {"tenant": "default", "provider": "twilio", "basis": "estimated", **more}
    return CostDay(day=day, channel=channel, component=component, **labels), (Decimal(usd), 1)


def ours(*costs: tuple[CostDay, tuple[Decimal, int]]) -> CostDays:
    """Costs of the day, by somebody who was there the day before."""
    return dict([*costs, cost("0.5", day=BEFORE)])


def line(category: str, usd: str, day: date = DAY, currency: str = "USD") -> BillLine:
    return BillLine(day, category, Decimal(usd), currency)


def ratios(days: CostDays, *lines: BillLine, closed_day: date = DAY) -> dict[str, Decimal]:
    return Drift("twilio", CATEGORIES, days).ratios(lines, closed_day)


def test_a_rate_two_percent_wrong_is_a_drift_of_two_percent_in_its_category() -> None:
    days = ours(cost("102"), cost("5", "platform_fee", "whatsapp"), cost("20", channel="mms"))
    bill = (line("sms-outbound", "100"), line("channels-whatsapp-outbound", "5"), line("mms-outbound", "20"))
    assert ratios(days, *bill) == {"sms": Decimal("0.02"), "channels-whatsapp": 0, "mms": 0}


def test_too_little_is_as_far_as_too_much() -> None:
    assert ratios(ours(cost("98")), line("sms-outbound", "100")) == {"sms": Decimal("0.02")}


def test_both_directions_are_compared_together() -> None:
    bill = (line("sms-outbound", "5.2785"), line("sms-inbound", "0.8400"))
    assert ratios(ours(cost("6.1185")), *bill) == {"sms": 0}


def test_tenants_are_added_up() -> None:
    days = ours(cost("40", tenant="acme"), cost("60", tenant="globex"))
    assert ratios(days, line("sms-outbound", "100")) == {"sms": 0}


def test_a_category_inside_another_or_unknown_to_us_is_not_added() -> None:
    inside = ("sms", "sms-outbound-longcode", "totalprice", "calls", "something-new")
    bill = [line("sms-outbound", "100"), *(line(category, "70") for category in inside)]
    assert ratios(ours(cost("100")), *bill) == {"sms": 0}


def test_the_fee_for_failed_messages_is_compared_over_all_channels() -> None:
    days = ours(cost("1", "failure_fee", "sms"), cost("1", "failure_fee", "whatsapp"))
    assert ratios(days, line("failed-message-processing-fee", "2")) == {"failed-message-processing-fee": 0}


def test_carrier_fees_that_we_do_not_know_are_all_drift_and_named() -> None:
    bill = (line("sms-outbound", "100"), line("sms-messages-carrierfees", "30"))
    assert ratios(ours(cost("100")), *bill) == {"sms": 0, "sms-messages-carrierfees": 1}


@pytest.mark.parametrize(("billed", "said"), [("0.9999", False), ("1", True), ("1.0001", True)])
def test_less_than_a_dollar_says_nothing(billed: str, said: bool) -> None:
    assert bool(ratios(ours(cost("2")), line("sms-outbound", billed))) is said


def test_only_the_newest_complete_day_is_compared() -> None:
    days = ours(cost("100"), cost("7", day=DAY + timedelta(days=1)))
    bill = (
        line("sms-outbound", "50", BEFORE),
        line("sms-outbound", "100"),
        line("sms-outbound", "9", DAY + timedelta(days=1)),
    )
    assert ratios(days, *bill) == {"sms": 0}
    assert ratios(days, *bill, closed_day=BEFORE) == {}


def test_our_own_first_day_says_nothing_as_we_saw_only_part_of_it() -> None:
    assert ratios(dict([cost("1")]), line("sms-outbound", "100")) == {}


def test_no_estimate_at_all_says_nothing_here_since_unpriced_units_say_it() -> None:
    assert ratios({}, line("sms-outbound", "100")) == {}


@pytest.mark.parametrize("more", [{"provider": "meta"}, {"basis": "provider"}, {"basis": "billed"}])
def test_other_providers_and_money_that_is_no_estimate_take_no_part(more: dict[str, str]) -> None:
    days = ours(cost("100"), cost("55", **more))
    assert ratios(days, line("sms-outbound", "100")) == {"sms": 0}


def test_a_bill_in_another_currency_is_not_compared() -> None:
    assert ratios(ours(cost("100")), line("sms-outbound", "100", currency="EUR")) == {}


@given(
    st.decimals(min_value=1, max_value=10**6, places=4), st.decimals(min_value=0, max_value=10**6, places=6)
)
def test_the_ratio_leads_back_to_our_amount(billed: Decimal, estimated: Decimal) -> None:
    (ratio,) = ratios(ours(cost(str(estimated))), line("sms-outbound", str(billed))).values()
    assert abs(ratio * billed - abs(estimated - billed)) < Decimal("1e-15")


def test_every_component_that_is_compared_is_one_of_ours() -> None:
    assert {category.component for category in CATEGORIES.values()} <= {
        "message",
        "carrier_fee",
        "platform_fee",
        "failure_fee",
    }
    for name in CATEGORIES:
        inside = [other for other in CATEGORIES if other != name and other.startswith(f"{name}-")]
        assert not inside, f"{name} contains {inside}"
