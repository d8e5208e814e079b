"""Which step of a message is charged; the ledger sees to it that only the first such step of a message counts.

SMS and the like cost money once they are sent, whatever becomes of them. WhatsApp costs money once it is delivered;
`read` and `played` imply that, where `delivered` was left out. Meta says with one of these steps how it charges: one
that says nothing of it is not charged, since another one does.
Sources: twilio.com/whatsapp/pricing; developers.facebook.com, WhatsApp, messages status webhook reference (2026-03).
"""

from __future__ import annotations

from exporter.event import Message
from exporter.vocabulary import Channel, Direction, Status

_SENT = (Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.READ)
_DELIVERED = (Status.DELIVERED, Status.READ, Status.PLAYED)


def is_charged(step: Message) -> bool:
    """Whether a step may cost what its message costs. Without an id of its message only one status may."""
    if step.direction is Direction.INBOUND:
        return step.status is Status.RECEIVED
    statuses = _DELIVERED if step.channel is Channel.WHATSAPP else _SENT
    if step.message_id is None:
        return step.status is statuses[0]
    return step.status in statuses and not _is_said_elsewhere(step)


def _is_said_elsewhere(step: Message) -> bool:
    return (
        step.provider == "whatsapp"
        and step.status is not Status.DELIVERED
        and step.category is None
        and step.pricing_type is None
    )
