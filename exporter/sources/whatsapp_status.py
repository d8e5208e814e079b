"""One element of `statuses` as a step in the life of a message of ours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from exporter.error_class import FAILED_STATUSES, error_class
from exporter.errors import Reason, Rejected
from exporter.event import Message
from exporter.sources.ledger_text import ledger_text
from exporter.sources.moment import from_epoch_s
from exporter.sources.whatsapp_element import (
    country_of_address,
    error_code,
    first_text,
    member,
    message_id_of,
)
from exporter.sources.whatsapp_owner import Owner
from exporter.sources.whatsapp_pricing import category_and_type
from exporter.vocabulary import Channel, Direction, ErrorClass, Status

_STATUSES = {status.value: status for status in Status}


class StatusElement(msgspec.Struct):
    """What is read of a status; any type passes, since Meta's samples disagree about them."""

    id: Any = None
    status: Any = None
    timestamp: Any = None
    recipient_id: Any = None
    recipient_user_id: Any = None
    recipient_type: Any = None
    recipient_participant_id: Any = None
    recipient_participant_user_id: Any = None
    conversation: Any = None
    pricing: Any = None
    errors: Any = None


def status_step(element: StatusElement, owner: Owner, received_at: datetime) -> Message:
    """A step of an outbound message, or of one participant's copy of a group's message.

    Each participant of a group has a ladder of their own. What is said of the whole group, `sent` or `failed`,
    has none: it would wait for a final status that only participants get.

    Raises:
        Rejected: there is no id or no status.
    """
    status = _status(element.status)
    code = error_code(element.errors)
    person = first_text(element.recipient_id, element.recipient_user_id)
    group = element.recipient_type == "group"
    copy_of = first_text(element.recipient_participant_id, element.recipient_participant_user_id)
    category, pricing_type = category_and_type(element.pricing, element.conversation)
    return Message(
        at=from_epoch_s(element.timestamp, received_at),
        tenant=owner.tenant,
        conversation_id=ledger_text(member(element.conversation, "id")),
        channel=Channel.WHATSAPP,
        provider="whatsapp",
        direction=Direction.OUTBOUND,
        status=status,
        message_id=_group_id(element.id, copy_of) if group or copy_of else message_id_of(element.id),
        error_code=code,
        error_class=error_class(code) if status in FAILED_STATUSES else ErrorClass.NONE,
        country=country_of_address(copy_of or person),
        category=category,
        pricing_type=pricing_type,
        sender=owner.sender,
        own_number=owner.number,
        peer=person,
    )


def group_key(element: StatusElement, step: Message) -> str:
    """What makes a group's own step recognisable; it has no ladder to do so."""
    return f"group:{element.id}:{step.status}"


def _status(value: object) -> Status:
    if value is None:
        raise Rejected(Reason.MISSING_FIELD, "status: no status")
    if not isinstance(value, str):
        raise Rejected(Reason.BAD_FIELD, "status: not text")
    return _STATUSES.get(value.lower(), Status.OTHER)


def _group_id(value: object, participant: str | None) -> str | None:
    message_id = message_id_of(value)
    return None if participant is None else message_id_of(f"{message_id}:{participant}")
