"""Stripe's events: every recorded one becomes what its entry names, every bad one its answer."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected
from exporter.event import Account, Payment
from exporter.sources.source import Batch
from exporter.vocabulary import PaymentState
from tests.unit.sources.sent import NOW, fixture
from tests.unit.sources.stripe_events import charge, event, intent, recorded, refund, session, signed
from tests.unit.sources.stripe_read import money, once, one, read
from tests.unit.sources.stripe_told import PAYMENT_TOLD_BY

EVENTS = fixture("stripe/events.json")["requests"]
NEGATIVE = fixture("stripe/negative.json")["cases"]
SEQUENCE = fixture("stripe/sequence_out_of_order.json")

STATES = {
    "charge.succeeded": "succeeded",
    "payment_intent.succeeded": "succeeded",
    "invoice.paid": "succeeded",
    "charge.failed": "failed",
    "payment_intent.payment_failed": "failed",
    "invoice.payment_failed": "failed",
    "charge.refunded": "refunded",
    "charge.dispute.closed": "disputed",
    "charge.dispute.funds_withdrawn": "disputed",
}
"""The recorded events that tell of money; a refund that is pending or failed moved none yet."""


@pytest.mark.parametrize("entry", EVENTS, ids=lambda entry: entry["id"])
def test_a_recorded_event_becomes_the_money_it_tells_of(entry):
    submission = one(recorded(entry), count_unnamed=["invoices", "refunds"])
    expect = entry["expect"]
    if expect["type"] in STATES:
        told = submission.event
        assert isinstance(told, Payment)
        assert told.state.value == STATES[expect["type"]]
        if "amount" in expect:
            assert str(told.amount) == expect["amount"]["major"]
            assert told.currency == expect["amount"]["currency"].upper()
    else:
        assert isinstance(submission.event, Account)
        assert (submission.event.field, submission.event.provider) == (expect["type"], "stripe")
    assert submission.raw == entry["body"].encode()
    assert submission.across_tenants


def test_a_recorded_event_that_comes_twice_counts_once():
    first = next(entry for entry in EVENTS if entry["id"] == "charge.succeeded.0")
    again = next(entry for entry in EVENTS if entry["id"] == "duplicate_delivery")
    assert one(recorded(first)).key == one(recorded(again)).key


def test_the_recorded_sequence_is_one_payment_whatever_its_order():
    steps = [recorded({**step, "now": SEQUENCE["now"]}) for step in SEQUENCE["steps"]]
    for order in itertools.permutations(steps):
        states = [state for state, _ in money(once(list(order)))]
        assert states == ["failed", "succeeded"]


NEGATIVE_PARKED = {"no_type": Reason.MISSING_FIELD, "data_null": Reason.MISSING_FIELD}
NOT_CAPTURED = {
    "amount_text",
    "amount_negative",
    "amount_huge",
    "currency_unknown",
    "currency_null",
    "livemode_mix",
}


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case["id"])
def test_a_bad_event_gets_the_answer_it_deserves(case):
    if case["expect"]["response_class"] == "4xx":
        with pytest.raises(Rejected) as rejected:
            read(recorded(case))
        assert rejected.value.reason is Reason.MALFORMED_BODY
    elif case["id"] in NEGATIVE_PARKED:
        batch = read(recorded(case))
        assert [parked.reason for parked in batch.parked] == [NEGATIVE_PARKED[case["id"]]]
        assert batch.parked[0].raw == case["body"].encode()
        assert not batch.submissions
    else:
        assert case["id"] in NOT_CAPTURED | {"unknown_type"}
        assert isinstance(one(recorded(case)).event, Account)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount_captured": "2000"}, Reason.BAD_FIELD),
        ({"amount_captured": -2000}, Reason.BAD_FIELD),
        ({"amount_captured": 10**30}, Reason.BAD_FIELD),
        ({"amount_captured": True}, Reason.BAD_FIELD),
        ({"amount_captured": 20.5}, Reason.BAD_FIELD),
        ({"amount_captured": None}, Reason.BAD_FIELD),
        ({"currency": None}, Reason.BAD_FIELD),
        ({"currency": "us"}, Reason.BAD_FIELD),
        ({"currency": "u$d"}, Reason.BAD_FIELD),
        ({"currency": "€€€"}, Reason.BAD_FIELD),
        ({"id": None, "payment_intent": None}, Reason.MISSING_FIELD),
        ({"id": "c" * 600, "payment_intent": None}, Reason.MISSING_FIELD),
        ({"id": "ch_\0", "payment_intent": None}, Reason.MISSING_FIELD),
    ],
)
def test_money_that_cannot_be_counted_is_parked(change, reason):
    batch = read(event("charge.succeeded", charge(**change)))
    assert [parked.reason for parked in batch.parked] == [reason]
    assert not batch.submissions


def test_an_unknown_currency_has_hundredths():
    told = one(event("charge.succeeded", charge(currency="zzz"))).event
    assert (told.currency, told.amount) == ("ZZZ", Decimal("20.00"))


@pytest.mark.parametrize(
    ("account", "named", "tenant"),
    [
        ("acct_1", "other", "acme"),
        ("acct_2", "acme", "default"),
        (None, "acme", "acme"),
        (None, "not a label", "default"),
        (None, 5, "default"),
        (None, None, "default"),
    ],
)
def test_the_connected_account_decides_the_tenant_and_without_one_the_metadata(account, named, tenant):
    thing = charge(metadata={"tenant": named})
    sent = event("charge.succeeded", thing, **({"account": account} if account else {}))
    assert one(sent, tenants={"acct_1": "acme"}).event.tenant == tenant


def test_test_mode_is_acknowledged_and_left_out():
    sent = event("charge.succeeded", charge(), livemode=False)
    assert read(sent, livemode_only=True) == Batch([], [], ignored=1)
    assert money(once([sent], livemode_only=False)) == [("succeeded", "20.00")]


def test_live_mode_counts():
    assert money(once([event("charge.succeeded", charge())], livemode_only=True)) == [("succeeded", "20.00")]


def test_a_thin_event_is_news():
    thin = {
        "id": "evt_234",
        "object": "v2.core.event",
        "type": "v1.billing.meter.error_report_triggered",
        "livemode": True,
        "created": "2022-02-15T00:27:45.330Z",
    }
    told = one(signed(json.dumps(thin).encode())).event
    assert (told.field, told.event_id, told.at) == (thin["type"], "evt_234", NOW)


@pytest.mark.parametrize("kind", ["Charge", "a" * 65, 'x"} 1', "", "+12025550101"])
def test_a_type_that_stripe_would_not_write_is_other(kind):
    assert one(event(kind, {})).event.field == "other"


def test_the_time_is_the_events_own():
    earlier = int(NOW.timestamp()) - 60
    told = one(event("charge.succeeded", charge(), created=earlier)).event
    assert told.at.timestamp() == earlier


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["usd", "succeeded"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
fields = st.dictionaries(
    st.sampled_from(sorted({*charge(), *intent(), *session(), *refund(), "metadata", "refunds", "invoice"})),
    json_values,
)
kinds = st.sampled_from([*PAYMENT_TOLD_BY, *STATES, "refund.created", "charge.dispute.created", "x"])


@given(kinds | json_values, fields, json_values)
@settings(max_examples=500, deadline=None)
def test_any_signed_event_is_counted_or_parked(kind, thing, previous):
    sent = event(kind, thing, previous if isinstance(previous, dict) else None)
    batch = read(sent, count_unnamed=["invoices", "refunds"])
    assert batch.submissions or batch.parked
    for submission in batch.submissions:
        if isinstance(submission.event, Payment):
            assert submission.event.state in PaymentState
            assert submission.event.amount is not None
            assert submission.event.amount > 0
