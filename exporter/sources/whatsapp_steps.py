"""Lists of statuses, messages and echoes as steps of messages, and what customers do with messages of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from exporter.errors import Rejected
from exporter.event import Message
from exporter.sources.whatsapp_collected import Collected
from exporter.sources.whatsapp_engagement import engagement_key, engagement_of
from exporter.sources.whatsapp_message import MessageElement, echoed_message, received_message
from exporter.sources.whatsapp_owner import Owner
from exporter.sources.whatsapp_status import StatusElement, group_key, status_step

_Element = TypeVar("_Element")

_status_element = msgspec.json.Decoder(StatusElement)
_message_element = msgspec.json.Decoder(MessageElement)


def collect_statuses(out: Collected, parts: Sequence[msgspec.Raw], owner: Owner) -> None:
    """Each status is a step."""
    out.expect(len(parts))
    for part in parts:
        element = out.decoded(_status_element, part, "status", owner.tenant)
        if element and (step := _step(out, part, owner, element, status_step)):
            out.submit(step, bytes(part), group_key(element, step) if step.message_id is None else None)


def collect_messages(out: Collected, parts: Sequence[msgspec.Raw], owner: Owner) -> None:
    """Each message is a step, and an engagement too where it answers one of ours."""
    out.expect(len(parts))
    for part in parts:
        element = out.decoded(_message_element, part, "message", owner.tenant)
        if element and (step := _step(out, part, owner, element, received_message)):
            raw = bytes(part)
            out.submit(step, raw)
            if engagement := engagement_of(element, step):
                out.submit(engagement, raw, engagement_key(step))


def collect_echo(out: Collected, part: msgspec.Raw, owner: Owner) -> None:
    """A message sent from the phone app is a step."""
    element = out.decoded(_message_element, part, "message echo", owner.tenant)
    if element and (step := _step(out, part, owner, element, echoed_message)):
        out.submit(step, bytes(part))


def _step(
    out: Collected,
    part: msgspec.Raw,
    owner: Owner,
    element: _Element,
    make: Callable[[_Element, Owner, datetime], Message],
) -> Message | None:
    try:
        return make(element, owner, out.received_at)
    except Rejected as unusable:
        out.park(unusable.reason, unusable.detail, bytes(part), owner.tenant)
        return None
