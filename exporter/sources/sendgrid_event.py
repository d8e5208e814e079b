"""One element of SendGrid's array as one of our events."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, Account, AnyEvent, Engagement, Message
from exporter.sources.ledger_text import ledger_text
from exporter.sources.mail import Mail, mail_id, tenant_name
from exporter.sources.mail_actor import actor_of
from exporter.sources.mail_error import mail_error_class, smtp_code
from exporter.sources.moment import from_epoch_s
from exporter.vocabulary import Actor, Status

_STATUSES = {
    "processed": Status.SENT,
    "deferred": Status.DEFERRED,
    "delivered": Status.DELIVERED,
    "bounce": Status.UNDELIVERED,
    "dropped": Status.FAILED,
}
_ACTIONS = {
    "open": "open",
    "click": "click",
    "spamreport": "complaint",
    "unsubscribe": "opt_out",
    "group_unsubscribe": "opt_out",
    "group_resubscribe": "opt_in",
}
_FETCHED = frozenset({"open", "click"})
_ACCOUNT_NEWS = "account_status_change"


class EventElement(msgspec.Struct):
    """What is read of an event; any type passes, since custom arguments may take any name."""

    event: Any = None
    timestamp: Any = None
    email: Any = None
    sg_event_id: Any = None
    sg_message_id: Any = None
    category: Any = None
    type: Any = None
    status: Any = None
    reason: Any = None
    bounce_classification: Any = None
    useragent: Any = None
    sg_machine_open: Any = None
    sg_template_name: Any = None
    tenant: Any = None


def event_of(element: EventElement, tenant: str, received_at: datetime) -> Message | Engagement | Account:
    """A step of a message, what was done with it, or else news; an event we do not know is news of `other`.

    Raises:
        Rejected: there is no event name.
    """
    word = element.event
    if not isinstance(word, str):
        reason = Reason.MISSING_FIELD if word is None else Reason.BAD_FIELD
        raise Rejected(reason, "event: no event name")
    message_id = mail_id(element.sg_message_id, element.email)
    mail = Mail("sendgrid", tenant, from_epoch_s(element.timestamp, received_at), message_id)
    if word in _STATUSES:
        return _step(mail, element, _STATUSES[word])
    if word in _ACTIONS:
        return mail.engagement(_ACTIONS[word], _actor(element, word))
    if word == _ACCOUNT_NEWS:
        return mail.news(_ACCOUNT_NEWS, element.type)
    return mail.news("other", word)


def key_of(event: AnyEvent, element: EventElement, raw: bytes) -> str | None:
    """SendGrid's event id, else a digest of the event itself; None for a step that its message id makes known."""
    if isinstance(event, Message) and event.message_id:
        return None
    return ledger_text(element.sg_event_id) or hashlib.sha256(raw).hexdigest()


def tenant_of(element: EventElement, tenants: Mapping[str, str]) -> str:
    """The custom argument `tenant`, which the application gave and the signature covers, else by category."""
    if named := tenant_name(element.tenant):
        return named
    return next((tenants[name] for name in _categories(element) if name in tenants), DEFAULT_TENANT)


def _step(mail: Mail, element: EventElement, status: Status) -> Message:
    code = smtp_code(element.status)
    categories = _categories(element)
    return mail.step(
        status,
        error_code=code,
        error_class=mail_error_class((element.bounce_classification, element.reason), code),
        template=element.sg_template_name,
        category=categories[0] if len(categories) == 1 else None,
    )


def _actor(element: EventElement, word: str) -> Actor:
    if word not in _FETCHED:
        return Actor.HUMAN
    return actor_of(element.useragent, flagged=element.sg_machine_open is True)


def _categories(element: EventElement) -> list[str]:
    """One category stands as text, several as a list."""
    given = element.category if isinstance(element.category, list) else [element.category]
    return [category for category in given if isinstance(category, str)]
