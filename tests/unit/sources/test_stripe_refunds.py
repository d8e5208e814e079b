"""Money that goes back: refunds, running sums of refunds, and disputes count once."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from exporter.event import Payment
from exporter.sources.source import Request
from tests.unit.sources.stripe_events import charge, dispute, event, refund
from tests.unit.sources.stripe_read import money, once, read

REFUNDED = charge(amount_refunded=500, refunds={"data": [refund()]})


@pytest.mark.parametrize("size", range(1, 5))
def test_a_refund_counts_once_whatever_tells_of_it_and_in_whatever_order(size):
    sent = [
        event("refund.created", refund()),
        event("refund.updated", refund()),
        event("charge.refund.updated", refund()),
        event("charge.refunded", REFUNDED),
    ]
    for order in itertools.permutations(sent, size):
        assert money(once(list(order))) == [("refunded", "5.00")]


def test_a_pending_refund_counts_when_it_succeeds_and_a_failed_one_never():
    pending = event("refund.created", refund(status="pending"))
    assert money(once([pending, event("refund.failed", refund(status="failed"))])) == []
    assert money(once([event("refund.updated", refund()), pending])) == [("refunded", "5.00")]


def test_two_refunds_of_one_charge_are_two_moves():
    both = charge(amount_refunded=1000, refunds={"data": [refund(), refund(id="re_2")]})
    sent = [event("charge.refunded", REFUNDED), event("charge.refunded", both)]
    for order in itertools.permutations(sent):
        assert money(once(list(order))) == [("refunded", "5.00"), ("refunded", "5.00")]


def test_a_list_of_refunds_is_read_within_limits():
    listed = {"data": [refund(id=f"re_{number}") for number in range(20_000)]}
    batch = read(event("charge.refunded", charge(refunds=listed)))
    assert len(batch.submissions) == 100


def running_sums() -> list[Request]:
    return [
        event("charge.refunded", charge(amount_refunded=500), {"amount_refunded": 0}),
        event("charge.refunded", charge(amount_refunded=1200), {"amount_refunded": 500}),
    ]


def test_a_running_sum_that_names_no_refund_leaves_the_money_to_the_refund():
    for order in itertools.permutations([*running_sums(), event("refund.created", refund())]):
        assert money(once(list(order))) == [("refunded", "5.00")]


def test_a_running_sum_counts_by_what_it_has_grown_where_it_is_all_there_is():
    for order in itertools.permutations(running_sums() * 2):
        kept = once(list(order), count_unnamed=["refunds"])
        assert money(kept) == [("refunded", "5.00"), ("refunded", "7.00")]


@pytest.mark.parametrize(
    "previous", [None, {"amount_refunded": "500"}, {"amount_refunded": None}, {"amount_refunded": 9000}]
)
def test_an_odd_sum_before_never_makes_money_negative(previous):
    sent = event("charge.refunded", charge(amount_refunded=1200), previous)
    batch = read(sent, count_unnamed=["refunds"])
    amounts = [s.event.amount for s in batch.submissions if isinstance(s.event, Payment)]
    assert amounts in ([Decimal("12.00")], [])
    assert len(batch.submissions) + len(batch.parked) == 1


def test_a_dispute_counts_once_through_its_whole_life():
    kinds = ("created", "updated", "funds_withdrawn", "funds_reinstated", "closed")
    life = [event(f"charge.dispute.{kind}", dispute(status=f"s{n}")) for n, kind in enumerate(kinds)]
    for order in itertools.permutations(life, 3):
        assert money(once(list(order))) == [("disputed", "20.00")]


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_closed", "prevented", None])
def test_an_inquiry_takes_no_money(status):
    assert money(once([event("charge.dispute.created", dispute(status=status))])) == []
