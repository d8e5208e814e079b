"""One element of `messages` or `message_echoes` as a step in the life of a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from exporter.event import Message
from exporter.sources.moment import from_epoch_s
from exporter.sources.whatsapp_element import country_of_address, error_code, first_text, message_id_of
from exporter.sources.whatsapp_owner import Owner
from exporter.vocabulary import Channel, Direction, Status

_NOTHING = msgspec.Raw(b"null")
_NEEDS_NO_ANSWER = frozenset({"edit", "reaction", "revoke", "system"})
_MESSAGE_TYPES = _NEEDS_NO_ANSWER | {
    "audio",
    "button",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "order",
    "request_welcome",
    "sticker",
    "text",
    "unsupported",
    "video",
}


class MessageElement(msgspec.Struct, rename={"sender_id": "from", "sender_user_id": "from_user_id"}):
    """What is read of a message: nothing of the text; `to` is the customer of an echo."""

    id: Any = None
    sender_id: Any = None
    sender_user_id: Any = None
    to: Any = None
    to_user_id: Any = None
    group_id: Any = None
    timestamp: Any = None
    type: Any = None
    errors: Any = None
    context: msgspec.Raw = _NOTHING
    interactive: msgspec.Raw = _NOTHING
    reaction: msgspec.Raw = _NOTHING


def received_message(element: MessageElement, owner: Owner, received_at: datetime) -> Message:
    """A customer's message; its error code says what WhatsApp could not hand over, not that it failed.

    Raises:
        Rejected: there is no id.
    """
    person = first_text(element.sender_id, element.sender_user_id)
    kind = _message_type(element.type)
    return Message(
        at=from_epoch_s(element.timestamp, received_at),
        tenant=owner.tenant,
        channel=Channel.WHATSAPP,
        provider="whatsapp",
        direction=Direction.INBOUND,
        status=Status.RECEIVED,
        message_id=message_id_of(element.id),
        error_code=error_code(element.errors),
        country=country_of_address(person),
        message_type=kind,
        sender=owner.sender,
        own_number=owner.number,
        # Nobody waits for an answer to these, and the peer is what an answer finds its question by.
        peer=None if kind in _NEEDS_NO_ANSWER else first_text(element.group_id) or person,
    )


def echoed_message(element: MessageElement, owner: Owner, received_at: datetime) -> Message:
    """A message that our own people sent from the phone app.

    Raises:
        Rejected: there is no id.
    """
    person = first_text(element.to, element.to_user_id)
    return Message(
        at=from_epoch_s(element.timestamp, received_at),
        tenant=owner.tenant,
        channel=Channel.WHATSAPP,
        provider="whatsapp",
        direction=Direction.OUTBOUND,
        status=Status.SENT,
        message_id=message_id_of(element.id),
        country=country_of_address(person),
        message_type=_message_type(element.type),
        sender=owner.sender,
        own_number=owner.number,
        peer=person,
    )


def _message_type(value: object) -> str:
    """A type of the documented ones, else `other`."""
    return value if isinstance(value, str) and value in _MESSAGE_TYPES else "other"
