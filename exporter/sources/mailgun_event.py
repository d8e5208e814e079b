"""Mailgun's `event-data` as one of our events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, Account, Engagement, Message
from exporter.sources.mail import Mail, mail_id, member, tenant_name
from exporter.sources.mail_actor import actor_of
from exporter.sources.mail_error import mail_error_class, smtp_code
from exporter.sources.moment import from_epoch_s, is_plausible
from exporter.sources.strict_json import plain
from exporter.vocabulary import Actor, Status

_STATUSES = {
    "accepted": Status.SENT,
    "delivered": Status.DELIVERED,
    "failed": Status.UNDELIVERED,
    "rejected": Status.FAILED,
}
_ACTIONS = {
    "opened": "open",
    "clicked": "click",
    "complained": "complaint",
    "unsubscribed": "opt_out",
}
_FETCHED = frozenset({"opened", "clicked"})
_NEVER_SENT = "suppress-"
_MOST_EPOCH_S = 1e10


class EventData(msgspec.Struct, rename="kebab"):
    """What is read of an event; the body is not signed, so any type passes."""

    event: Any = None
    timestamp: Any = None
    recipient: Any = None
    severity: Any = None
    reason: Any = None
    message: Any = None
    domain: Any = None
    envelope: Any = None
    template: Any = None
    reject: Any = None
    delivery_status: Any = None
    client_info: Any = None
    user_variables: Any = None


_event_data = msgspec.json.Decoder(EventData)


def event_of(
    raw: msgspec.Raw, tenants: Mapping[str, str], received_at: datetime
) -> Message | Engagement | Account:
    """A step of a message, what was done with it, or else news of `other`.

    Raises:
        Rejected: the event cannot be read, or has no name.
    """
    data = _decoded(raw)
    message_id = mail_id(member(data.message, "headers", "message-id"), data.recipient)
    mail = Mail("mailgun", _tenant(data, tenants), _at(data.timestamp, received_at), message_id)
    if data.event in _STATUSES:
        return _step(mail, data)
    if data.event in _ACTIONS:
        return mail.engagement(_ACTIONS[data.event], _actor(data))
    return mail.news("other", data.event)


def _decoded(raw: msgspec.Raw) -> EventData:
    try:
        data = _event_data.decode(raw)
    except msgspec.ValidationError as error:
        raise Rejected(Reason.BAD_FIELD, f"event-data: {plain(error)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(Reason.MALFORMED_EVENT, "event-data: cannot be read") from error
    if not isinstance(data.event, str):
        reason = Reason.MISSING_FIELD if data.event is None else Reason.BAD_FIELD
        raise Rejected(reason, "event: no event name")
    return data


def _step(mail: Mail, data: EventData) -> Message:
    status_of_server = data.delivery_status
    code = smtp_code(member(status_of_server, "enhanced-code"), member(status_of_server, "code"))
    return mail.step(
        _status(data),
        error_code=code,
        error_class=mail_error_class((data.reason, member(data.reject, "reason")), code),
        template=member(data.template, "name"),
    )


def _status(data: EventData) -> Status:
    """Its status; a failure may be one more try to come, or a mail that never left because of its recipient."""
    if data.event == "failed" and data.severity == "temporary":
        return Status.DEFERRED
    if data.event == "failed" and isinstance(data.reason, str) and data.reason.startswith(_NEVER_SENT):
        return Status.FAILED
    return _STATUSES[data.event]


def _actor(data: EventData) -> Actor:
    if data.event not in _FETCHED:
        return Actor.HUMAN
    return actor_of(member(data.client_info, "user-agent"), flagged=bool(member(data.client_info, "bot")))


def _tenant(data: EventData, tenants: Mapping[str, str]) -> str:
    named = tenant_name(member(data.user_variables, "tenant"))
    return named or next((tenants[name] for name in _domains(data) if name in tenants), DEFAULT_TENANT)


def _domains(data: EventData) -> Iterator[str]:
    """The sending domain as the event names it, else that of the envelope's sender, else of the message id."""
    addresses = (member(data.envelope, "sender"), member(data.message, "headers", "message-id"))
    for value in (member(data.domain, "name"), *addresses):
        if isinstance(value, str):
            yield value.rpartition("@")[2].lower()


def _at(timestamp: object, received_at: datetime) -> datetime:
    """Mailgun's times are seconds with a fraction."""
    if not isinstance(timestamp, float):
        return from_epoch_s(timestamp, received_at)
    if not 0 <= timestamp < _MOST_EPOCH_S:
        return received_at
    at = datetime.fromtimestamp(timestamp, UTC)
    return at if is_plausible(at, received_at) else received_at
