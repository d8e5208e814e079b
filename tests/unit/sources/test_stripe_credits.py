"""Stripe: credits count once, from whichever event names them, and for the user it names."""

from __future__ import annotations

import itertools

import pytest

from exporter.errors import Reason
from exporter.event import Credit, Payment, Submission
from tests.unit.sources.stripe_events import charge, event, intent, session
from tests.unit.sources.stripe_read import money, once, one, read
from tests.unit.sources.stripe_told import NEWER_INVOICE


def credits_of(kept: dict[str | None, Submission]) -> list[int | None]:
    return [s.event.bought for s in kept.values() if isinstance(s.event, Credit)]


def test_credits_count_once_and_from_whichever_event_names_them():
    sent = [
        event("charge.succeeded", charge()),
        event("payment_intent.succeeded", intent(metadata={"credits": "17391"})),
        event("checkout.session.completed", session(metadata={"credits": "17391"})),
    ]
    for order in itertools.permutations(sent):
        kept = once(list(order))
        assert (money(kept), credits_of(kept)) == ([("succeeded", "20.00")], [17391])


def test_credits_of_an_invoice_count_though_its_money_is_told_by_the_charge():
    sent = [
        event("invoice.paid", {**NEWER_INVOICE, "metadata": {"credits": "10"}}),
        event("charge.succeeded", charge()),
    ]
    kept = once(sent)
    assert (money(kept), credits_of(kept)) == ([("succeeded", "20.00")], [10])


def test_the_metadata_key_of_credits_is_the_operators():
    sent = event("charge.succeeded", charge(metadata={"coins": "5", "credits": "7"}))
    assert credits_of(once([sent], credits_metadata="coins")) == [5]


@pytest.mark.parametrize("bought", ["", "many", "-5", "1.5", 5, None, "9" * 13, ["5"]])
def test_odd_credits_are_parked_beside_the_payment(bought):
    batch = read(event("charge.succeeded", charge(metadata={"credits": bought})))
    assert [type(submission.event) for submission in batch.submissions] == [Payment]
    assert [parked.reason for parked in batch.parked] == ([] if bought is None else [Reason.BAD_FIELD])


def test_a_failed_payment_buys_nothing():
    assert credits_of(once([event("charge.failed", charge(metadata={"credits": "5"}))])) == []


@pytest.mark.parametrize(
    ("metadata", "customer", "user"),
    [
        ({"user": "42"}, "cus_1", "42"),
        ({}, "cus_1", "cus_1"),
        ({}, {"id": "cus_1", "email": "somebody@example.com"}, "cus_1"),
        ({}, None, None),
        ({"user": "\0"}, None, None),
    ],
)
def test_the_user_is_named_by_metadata_or_customer(metadata, customer, user):
    sent = event("charge.succeeded", charge(metadata=metadata, customer=customer))
    assert one(sent).event.user == user
