"""What events tell users: once a cause, to whom it concerns."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.notification_texts import TextConfig
from exporter.ledger.notification_feed import CreditMark
from exporter.vocabulary import NotificationType, PaymentState
from tests.unit.notifications.told import NOON, balance, messages, payment, tell, template_news


def test_a_thousand_credits_do_not_warn_and_one_less_does() -> None:
    assert tell(balance("1000")).notices == []
    assert messages(tell(balance("999")).notices) == ["Your credit balance is low (999 credits remaining)."]
    assert len(tell(balance("999.99")).notices) == 1


def test_the_warning_is_as_documented() -> None:
    (notice,) = tell(balance("500")).notices
    assert (notice.type, notice.title) == (NotificationType.WARNING, "Low Credits")
    assert notice.message == "Your credit balance is low (500 credits remaining)."
    assert json.loads(notice.data or "") == {"credits_remaining": 500}
    assert (notice.tenant, notice.user, notice.role) == ("acme", "42", "user")


def test_falling_further_warns_no_second_time_but_a_refill_does() -> None:
    told = tell(*map(balance, ("1500", "999", "500", "0", "1000", "999", "998")))
    assert [json.loads(notice.data or "")["credits_remaining"] for notice in told.notices] == [999, 999]


def test_a_mark_of_an_earlier_page_is_remembered() -> None:
    earlier = NOON - timedelta(hours=1)
    low, high = CreditMark(True, earlier), CreditMark(False, earlier)
    assert tell(balance("500"), marks={("acme", "42"): low}).notices == []
    assert len(tell(balance("500"), marks={("acme", "42"): high}).notices) == 1


def test_a_balance_that_comes_late_changes_nothing() -> None:
    told = tell(balance("500"), balance("5000", at=NOON - timedelta(minutes=1)), balance("400"))
    assert len(told.notices) == 1
    assert told.marks == {("acme", "42"): CreditMark(True, NOON)}


@given(st.lists(st.integers(0, 2_000), max_size=30), st.integers(0, 30))
def test_pages_of_any_size_tell_the_same(balances: list[int], cut: int) -> None:
    events = [balance(str(credits), NOON + timedelta(seconds=n)) for n, credits in enumerate(balances)]
    whole, first = tell(*events), tell(*events[:cut])
    second = tell(*events[cut:], marks=first.marks)
    assert messages(whole.notices) == messages([*first.notices, *second.notices])
    fallen = sum(now < 1_000 and (n == 0 or balances[n - 1] >= 1_000) for n, now in enumerate(balances))
    assert len(whole.notices) == fallen


def test_users_and_tenants_have_balances_of_their_own() -> None:
    told = tell(balance("1"), balance("1", user="43"), balance("1", tenant="globex"), balance("1", user=None))
    assert [(n.tenant, n.user, n.role) for n in told.notices] == [
        ("acme", "42", "user"), ("acme", "43", "user"), ("globex", "42", "user"), ("acme", None, "tenant_admin"),
    ]  # fmt: skip


def test_the_limit_is_the_operators() -> None:
    assert tell(balance("99"), low_credits=99).notices == []
    assert len(tell(balance("98"), low_credits=99).notices) == 1


@pytest.mark.parametrize(
    ("state", "kind", "title", "message"),
    [
        (PaymentState.SUCCEEDED, "success", "Payment Successful", "Your payment of 20.00 EUR succeeded."),
        (PaymentState.FAILED, "error", "Payment Failed", "Your payment of 20.00 EUR failed."),
        (PaymentState.REFUNDED, "info", "Refund Processed", "Your refund of 20.00 EUR was processed."),
    ],
)
def test_a_payment_is_told_with_its_amount(state: PaymentState, kind: str, title: str, message: str) -> None:
    (notice,) = tell(payment(state)).notices
    assert (notice.type, notice.title, notice.message) == (kind, title, message)
    assert notice.data == '{"payment_id":"pi_1","amount":20.00,"currency":"EUR"}'


def test_a_payment_of_nobody_is_told_to_nobody() -> None:
    assert tell(payment(PaymentState.FAILED, user=None)).notices == []


def test_a_dispute_and_a_payment_without_amount_are_not_told() -> None:
    assert tell(payment(PaymentState.DISPUTED), payment(PaymentState.FAILED, amount=None)).notices == []


def test_an_amount_in_dollars_only_is_told_in_dollars() -> None:
    event = payment(PaymentState.FAILED, amount=None, amount_usd=Decimal("7"))
    assert messages(tell(event).notices) == ["Your payment of 7 USD failed."]


def test_a_rejected_template_is_told_to_those_who_run_the_tenant() -> None:
    (notice,) = tell(
        template_news("REJECTED"), template_news("APPROVED"), template_news("rejected", field="x")
    ).notices
    assert (notice.user, notice.role) == (None, "tenant_admin")
    assert notice.message == "WhatsApp rejected the template order_update."


def test_history_that_is_brought_in_is_no_news() -> None:
    assert len(tell(balance("1", at=NOON - timedelta(days=3))).notices) == 1
    old = tell(balance("1", at=NOON - timedelta(days=3, seconds=1)))
    assert (old.notices, dict(old.marks)) == ([], {})


def test_every_cause_is_another() -> None:
    told = tell(
        payment(PaymentState.FAILED), payment(PaymentState.FAILED), balance("1"), template_news("rejected")
    )
    causes = [notice.cause for notice in told.notices]
    assert len(set(causes)) == 4
    assert None not in causes


def test_the_words_are_those_of_the_configuration() -> None:
    texts = {"low_credits": TextConfig(title="Running out", message="{credits_remaining} left")}
    (notice,) = tell(balance("99"), texts=texts).notices
    assert (notice.title, notice.message, notice.type) == ("Running out", "99 left", "warning")
