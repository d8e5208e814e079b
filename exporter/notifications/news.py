"""What events of the ledger tell users: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from exporter.config import NotificationsConfig
from exporter.event import Account, Credit, Entry, Payment
from exporter.ledger.notification_feed import CreditMark, CreditMarks, News
from exporter.ledger.notifications import Notice
from exporter.notifications.texts import data_of, filled
from exporter.vocabulary import NotificationChannel, PaymentState

EVERY_CHANNEL = (NotificationChannel.EMAIL, NotificationChannel.WEBHOOK, NotificationChannel.SMS)
_NEWS_FOR = timedelta(days=3)
"""What is older when we hear of it is no news: somebody brings history in. Stripe tries for three days."""
_PAYMENTS = {
    PaymentState.SUCCEEDED: "payment_succeeded",
    PaymentState.FAILED: "payment_failed",
    PaymentState.REFUNDED: "payment_refunded",
}


def news(entries: Sequence[Entry], marks: CreditMarks, config: NotificationsConfig) -> News:
    """Notices of these entries, in their order; `marks` are of those whose balances are among them."""
    told = _Telling(marks, config)
    for entry in entries:
        if entry.received_at - entry.event.at <= _NEWS_FOR:
            told.take(entry)
    return News(told.notices, told.changed)


class _Telling:
    def __init__(self, marks: CreditMarks, config: NotificationsConfig) -> None:
        self.notices: list[Notice] = []
        self.changed: dict[tuple[str, str], CreditMark] = {}
        self._marks = marks
        self._config = config

    def take(self, entry: Entry) -> None:
        event = entry.event
        if type(event) is Credit and event.balance is not None:
            self._balance(entry, event, event.balance)
        elif type(event) is Payment:
            self._payment(entry, event)
        elif type(event) is Account:
            self._account(entry, event)

    def _balance(self, entry: Entry, event: Credit, balance: Decimal) -> None:
        """Once when it falls below the limit, and again after it was not below."""
        whose = (event.tenant, event.user or "")
        before = self.changed.get(whose) or self._marks.get(whose)
        if before is not None and event.at < before.at:
            return
        low = balance < self._config.low_credits
        self.changed[whose] = CreditMark(low, event.at)
        if low and not (before is not None and before.low):
            self._tell("low_credits", entry, {"credits_remaining": _number(balance)})

    def _payment(self, entry: Entry, event: Payment) -> None:
        """Only to its user: a tenant that sells has thousands a day."""
        name = _PAYMENTS.get(event.state)
        if name is None or event.user is None:
            return
        amount = event.amount if event.amount is not None else event.amount_usd
        if amount is None:
            return
        currency = event.currency if event.amount is not None else "USD"
        about = {"payment_id": event.payment_id, "amount": amount, "currency": currency}
        self._tell(name, entry, {**about, "credits": event.credits})

    def _account(self, entry: Entry, event: Account) -> None:
        if event.field == "message_template_status_update" and (event.state or "").lower() == "rejected":
            self._tell("template_rejected", entry, {"template": event.subject or "without a name"})

    def _tell(self, name: str, entry: Entry, data: dict[str, object]) -> None:
        event, text = entry.event, filled(self._config.texts, name, data)
        user = None if type(event) is Account else event.user
        self.notices.append(
            Notice(
                event.tenant,
                user,
                *text,
                data=data_of(data),
                cause=f"{name}:{entry.seq}",
                role="user" if user else "tenant_admin",
                channels=EVERY_CHANNEL,
            )
        )


def _number(value: Decimal) -> Decimal:
    """Without zeros that say nothing."""
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()
