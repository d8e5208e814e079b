"""Stripe: a payment counts once and a failed attempt once, whatever tells of them and in whatever order."""

from __future__ import annotations

import itertools

import pytest

from exporter.event import Account
from tests.unit.sources.stripe_events import charge, event, intent, invoice, session
from tests.unit.sources.stripe_read import money, once, one
from tests.unit.sources.stripe_told import NEWER_INVOICE, PAYMENT_TOLD_BY


@pytest.mark.parametrize("size", range(1, 5))
def test_a_payment_counts_once_whatever_tells_of_it_and_in_whatever_order(size):
    sent = {kind: event(kind, thing) for kind, thing in PAYMENT_TOLD_BY.items()}
    orders = list(itertools.permutations(sent.values(), size))
    assert len(orders) >= 8
    for order in orders:
        assert money(once(list(order))) == [("succeeded", "20.00")]


def test_all_that_tells_of_a_payment_counts_once_forwards_and_backwards():
    sent = [event(kind, thing) for kind, thing in PAYMENT_TOLD_BY.items()] * 2
    for order in (sent, sent[::-1]):
        assert money(once(order)) == [("succeeded", "20.00")]


def test_an_invoice_paid_outside_of_stripe_is_named_by_the_record_of_its_payment():
    paid = {"id": "inpay_1", "amount_paid": 2000, "currency": "usd"}
    record = {"type": "payment_record", "payment_record": "pr_1"}
    told = one(event("invoice_payment.paid", paid | {"payment": record}))
    assert (told.key, told.event.payment_id) == ("succeeded:pr_1", "pr_1")


def test_a_charge_without_an_intent_is_its_own_payment():
    kept = once([event("charge.succeeded", charge(payment_intent=None))])
    assert list(kept) == ["succeeded:ch_1"]


def test_an_object_that_stands_where_its_id_is_wanted_is_the_same_payment():
    whole = event("charge.succeeded", charge(payment_intent={"id": "pi_1", "object": "payment_intent"}))
    assert one(whole).key == one(event("payment_intent.succeeded", intent())).key


def test_a_charge_that_is_only_authorised_is_no_payment_until_it_is_captured():
    authorised = event("charge.succeeded", charge(captured=False, amount_captured=0))
    captured = event("charge.captured", charge(amount_captured=1500))
    assert money(once([authorised])) == []
    assert money(once([authorised, captured])) == [("succeeded", "15.00")]


@pytest.mark.parametrize("status", ["unpaid", "no_payment_required", None])
def test_a_session_that_is_not_paid_is_no_payment(status):
    assert money(once([event("checkout.session.completed", session(payment_status=status))])) == []


def test_an_amount_of_zero_is_news_and_no_payment():
    trial = invoice(amount_paid=0, payment_intent=None, charge=None)
    assert isinstance(one(event("invoice.paid", trial)).event, Account)


def test_an_invoice_that_names_no_payment_leaves_the_money_to_the_charge():
    sent = [event("invoice.paid", NEWER_INVOICE), event("charge.succeeded", charge())]
    for order in itertools.permutations(sent):
        assert money(once(list(order))) == [("succeeded", "20.00")]
    assert one(sent[0]).event.field == "invoice.paid"


def test_an_invoice_that_names_no_payment_counts_once_where_it_is_all_there_is():
    subscription = session(payment_intent=None, invoice="in_1")
    sent = [
        event("invoice.paid", NEWER_INVOICE),
        event("invoice.payment_succeeded", NEWER_INVOICE),
        event("checkout.session.completed", subscription),
    ]
    for order in itertools.permutations(sent):
        assert money(once(list(order), count_unnamed=["invoices"])) == [("succeeded", "20.00")]


def test_every_failed_attempt_counts_once():
    error = {"code": "card_declined", "charge": "ch_1"}
    sent = [
        event("charge.failed", charge(status="failed")),
        event("payment_intent.payment_failed", intent(last_payment_error=error)),
        event("invoice.payment_failed", invoice(amount_due=2000)),
        event("charge.failed", charge(id="ch_2", status="failed")),
        event("payment_intent.payment_failed", intent(last_payment_error={**error, "charge": "ch_2"})),
    ]
    for order in itertools.permutations(sent):
        assert money(once(list(order))) == [("failed", "20.00"), ("failed", "20.00")]


def test_an_attempt_that_ended_before_a_charge_is_told_by_its_event_alone():
    sent = event(
        "payment_intent.payment_failed", intent(last_payment_error={"code": "authentication_required"})
    )
    again = event("payment_intent.payment_failed", intent(last_payment_error={"code": "expired_card"}))
    assert len(money(once([sent, sent, again]))) == 2
