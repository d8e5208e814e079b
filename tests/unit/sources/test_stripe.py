"""Stripe's events: every recorded one becomes what its entry names, and one move of money counts once."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected
from exporter.event import Account, Credit, Payment, Submission
from exporter.sources.source import Batch
from exporter.vocabulary import PaymentState
from tests.unit.sources.sent import NOW, fixture
from tests.unit.sources.stripe_events import charge, event, intent, invoice, recorded, refund, session, signed
from tests.unit.sources.stripe_read import money, once, one, read

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


PAYMENT_TOLD_BY = {
    "charge.succeeded": charge(),
    "charge.captured": charge(),
    "payment_intent.succeeded": intent(),
    "checkout.session.completed": session(),
    "checkout.session.async_payment_succeeded": session(),
    "invoice.paid": invoice(),
    "invoice.payment_succeeded": invoice(),
    "invoice_payment.paid": {
        "id": "inpay_1",
        "payment": {"payment_intent": "pi_1"},
        "amount_paid": 2000,
        "currency": "usd",
    },
}


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


NEWER_INVOICE = {"id": "in_1", "amount_paid": 2000, "currency": "usd"}


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
