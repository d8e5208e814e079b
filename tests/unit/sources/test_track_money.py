"""Money in events: exact, finite, in its currency, and never what only our price lists may say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exporter.errors import Reason
from exporter.event import Charge, Payment
from exporter.vocabulary import Component
from tests.unit.sources.sent import NOW
from tests.unit.sources.track_read import CREDIT, MESSAGE, PAYMENT, event, parked, read


@pytest.mark.parametrize(
    ("amount", "is_taken"),
    [
        ("20.00", True),
        (20, True),
        (0.1, True),
        ("999999999999.999999999999", True),
        ("1000000000000", False),
        ("0.0000000000001", False),
        ("1e131073", False),
        ("0e-400", False),
        ("-1", False),
        ("NaN", False),
        ("sNaN", False),
        ("Infinity", False),
        ("twenty", False),
        (True, False),
    ],
)
@pytest.mark.parametrize(("base", "field"), [(PAYMENT, "amount"), (MESSAGE, "cost_usd"), (CREDIT, "used")])
def test_money_is_finite_exact_and_never_negative(base, field, amount, is_taken):
    batch = read(base | {field: amount})
    assert len(batch.submissions) == is_taken
    assert [p.reason for p in batch.parked] == ([] if is_taken else [Reason.BAD_FIELD])
    if is_taken:
        assert getattr(batch.submissions[0].event, field) == Decimal(str(amount))


@pytest.mark.parametrize(
    "body", [CREDIT | {"balance": "-5"}, {"kind": "outcome", "action": "a", "amount_usd": "-5"}]
)
def test_a_balance_and_a_loss_may_be_negative(body):
    assert event(body)


@pytest.mark.parametrize("currency", [{}, {"currency": "USD"}, {"currency": "usd"}])
def test_a_payment_in_dollars_is_its_own_amount_in_dollars(currency):
    assert event(PAYMENT | currency).amount_usd == Decimal("20.00")


@pytest.mark.parametrize(("stated", "amount_usd"), [({}, None), ({"amount_usd": "21.5"}, Decimal("21.5"))])
def test_a_payment_in_another_currency_has_only_the_dollars_it_states(stated, amount_usd):
    payment = event(PAYMENT | {"currency": "EUR"} | stated)
    assert isinstance(payment, Payment)
    assert payment.amount_usd == amount_usd


CHARGE: dict[str, Any] = {
    "kind": "charge",
    "provider": "twilio",
    "channel": "sms",
    "basis": "billed",
    "component": "message",
    "amount_usd": "12.50",
}


def test_money_that_a_provider_states_is_an_event():
    found = event(CHARGE | {"category": "sms-outbound", "account": "AC1", "event_id": "2026-11-20"})
    assert isinstance(found, Charge)
    assert (found.amount_usd, found.basis, found.category) == (Decimal("12.50"), "billed", "sms-outbound")
    assert found.at == NOW


def test_what_money_was_for_comes_from_a_closed_list():
    assert event(CHARGE | {"component": "Carrier fee of +15005550006"}).component is Component.OTHER


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({"amount_usd": "-0.01"}, "amount_usd: negative"),
        ({"amount_usd": "NaN"}, "amount_usd: not a finite number"),
        ({"amount_usd": "1e12"}, "amount_usd: not below 1e12 with at most 12 decimals"),
        ({"basis": "estimated"}, "basis: not a known value"),
        ({"component": 5}, "component: Expected `str`, got `int`"),
    ],
)
def test_money_that_cannot_be_counted_is_parked(wrong, detail):
    found = parked(CHARGE | wrong)
    assert (found.reason, found.detail) == (Reason.BAD_FIELD, detail)


@pytest.mark.parametrize(
    "ours",
    [
        {"costs": [{"component": "message", "amount_usd": "9"}]},
        {"card": ""},
        {"low_usd": 0, "high_usd": "9"},
        {"unpriced": "no_rate_card"},
    ],
)
def test_what_our_price_lists_say_cannot_be_stated(ours):
    assert event(MESSAGE | ours) == event(MESSAGE)
    call = {"kind": "llm", "provider": "openai", "model": "m"}
    assert event(call | ours) == event(call)
