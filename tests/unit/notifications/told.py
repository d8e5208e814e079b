"""Entries of the ledger, and what they tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from exporter.config import NotificationsConfig
from exporter.event import Account, AnyEvent, Credit, Entry, Payment
from exporter.ledger.notification_feed import CreditMarks, News
from exporter.ledger.notifications import Notice
from exporter.notifications.news import news
from exporter.vocabulary import PaymentState

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def tell(*events: AnyEvent, marks: CreditMarks | None = None, **config: Any) -> News:
    entries = [Entry(seq, "track", event, NOON) for seq, event in enumerate(events, 1)]
    return news(entries, marks or {}, NotificationsConfig(**config))


def balance(credits: str, at: datetime = NOON, **fields: Any) -> Credit:
    return Credit(**{"at": at, "tenant": "acme", "user": "42", "balance": Decimal(credits), **fields})


def payment(state: PaymentState, **fields: Any) -> Payment:
    about = {"at": NOON, "tenant": "acme", "user": "42", "amount": Decimal("20.00"), "currency": "EUR"}
    return Payment(**{**about, "payment_id": "pi_1", "state": state, **fields})  # type: ignore[arg-type]


def template_news(state: str, **fields: Any) -> Account:
    about = {"at": NOON, "tenant": "acme", "provider": "meta", "field": "message_template_status_update"}
    return Account(**{**about, "subject": "order_update", "state": state, **fields})  # type: ignore[arg-type]


def messages(notices: Iterable[Notice]) -> list[str]:
    return [notice.message for notice in notices]
