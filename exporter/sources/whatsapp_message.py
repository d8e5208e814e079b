"""One element of `statuses` or `messages` as a step in the life of a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from exporter.error_class import FAILED_STATUSES, error_class
from exporter.errors import Reason, Rejected
from exporter.event import Message
from exporter.sources.ledger_text import LONGEST_NAME, ledger_text
from exporter.sources.moment import from_epoch_s
from exporter.vocabulary import Channel, Direction, ErrorClass, Status

_LONGEST_ERROR_CODE = 64
_STATUSES = {status.value: status for status in Status}
_MESSAGE_TYPES = frozenset(
    {
        "audio",
        "button",
        "contacts",
        "document",
        "edit",
        "image",
        "interactive",
        "location",
        "order",
        "reaction",
        "request_welcome",
        "revoke",
        "sticker",
        "system",
        "text",
        "unsupported",
        "video",
    }
)


class StatusElement(msgspec.Struct):
    """What is read of a status; any type passes, since Meta's samples disagree about them."""

    id: Any = None
    status: Any = None
    timestamp: Any = None
    conversation: Any = None
    pricing: Any = None
    errors: Any = None


class MessageElement(msgspec.Struct):
    """What is read of a customer's message: nothing of the person, nothing of the text."""

    id: Any = None
    timestamp: Any = None
    type: Any = None
    errors: Any = None


def status_step(element: StatusElement, tenant: str, received_at: datetime) -> Message:
    """A step of an outbound message.

    Raises:
        Rejected: there is no id or no status.
    """
    if element.status is None:
        raise Rejected(Reason.MISSING_FIELD, "status: no status")
    if not isinstance(element.status, str):
        raise Rejected(Reason.BAD_FIELD, "status: not text")
    status = _STATUSES.get(element.status.lower(), Status.OTHER)
    code = error_code(element.errors)
    return Message(
        at=from_epoch_s(element.timestamp, received_at),
        tenant=tenant,
        conversation_id=ledger_text(_member(element.conversation, "id")),
        channel=Channel.WHATSAPP,
        provider="whatsapp",
        direction=Direction.OUTBOUND,
        status=status,
        message_id=_message_id(element.id),
        error_code=code,
        error_class=error_class(code) if status in FAILED_STATUSES else ErrorClass.NONE,
        category=ledger_text(_member(element.pricing, "category"), LONGEST_NAME),
        pricing_type=ledger_text(_member(element.pricing, "type"), LONGEST_NAME),
    )


def received_message(element: MessageElement, tenant: str, received_at: datetime) -> Message:
    """A customer's message; its error code says what WhatsApp could not hand over, not that it failed.

    Raises:
        Rejected: there is no id.
    """
    return Message(
        at=from_epoch_s(element.timestamp, received_at),
        tenant=tenant,
        channel=Channel.WHATSAPP,
        provider="whatsapp",
        direction=Direction.INBOUND,
        status=Status.RECEIVED,
        message_id=_message_id(element.id),
        error_code=error_code(element.errors),
        message_type=_message_type(element.type),
    )


def error_code(errors: object) -> str | None:
    """The code of the first error; Meta writes it as a number."""
    code = _member(errors[0], "code") if isinstance(errors, list) and errors else None
    return ledger_text(str(code) if type(code) is int else code, _LONGEST_ERROR_CODE)


def _message_id(value: object) -> str:
    if value is None:
        raise Rejected(Reason.MISSING_FIELD, "id: no message id")
    text = ledger_text(value)
    if text is None:
        raise Rejected(Reason.BAD_FIELD, "id: not text that can be stored")
    return text


def _message_type(value: object) -> str:
    return value if isinstance(value, str) and value in _MESSAGE_TYPES else "other"


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None
