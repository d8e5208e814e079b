"""What a customer does with a message of ours: reply, press a button, react, or want no more marketing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from exporter.event import Engagement, Message
from exporter.sources.ledger_text import ledger_text
from exporter.sources.moment import from_epoch_s
from exporter.sources.whatsapp_account import AccountNews
from exporter.sources.whatsapp_message import MessageElement
from exporter.sources.whatsapp_owner import Owner
from exporter.vocabulary import Channel

_CLICKS = frozenset({"button_reply", "list_reply", "nfm_reply"})  # nfm: the answer of a flow
_NO_ANSWERS = frozenset({"edit", "revoke", "system"})
_PREFERENCES = {"stop": "opt_out", "resume": "opt_in"}


class _Context(msgspec.Struct):
    id: Any = None


class _Interactive(msgspec.Struct):
    type: Any = None


class _Reaction(msgspec.Struct):
    message_id: Any = None
    emoji: Any = None


_Element = TypeVar("_Element")
_context = msgspec.json.Decoder(_Context)
_interactive = msgspec.json.Decoder(_Interactive)
_reaction = msgspec.json.Decoder(_Reaction)


def engagement_of(element: MessageElement, step: Message) -> Engagement | None:
    """What an inbound message does with one of ours, or None: an unasked message, a reaction taken back."""
    message_id, action = _reacted(element) if step.message_type == "reaction" else _answered(element, step)
    if message_id is None:
        return None
    return Engagement(
        at=step.at, tenant=step.tenant, action=action, channel=Channel.WHATSAPP, message_id=message_id
    )


def engagement_key(step: Message) -> str:
    """A message engages with one other, once."""
    return f"engagement:{step.message_id}"


def preference(element: AccountNews, owner: Owner, received_at: datetime) -> Engagement | None:
    """The customer stops or resumes marketing messages; None for another word."""
    action = _PREFERENCES.get(element.value) if isinstance(element.value, str) else None
    if action is None:
        return None
    at = from_epoch_s(element.timestamp, received_at)
    return Engagement(at=at, tenant=owner.tenant, action=action, channel=Channel.WHATSAPP)


def _reacted(element: MessageElement) -> tuple[str | None, str]:
    reaction = _read(_reaction, element.reaction)
    given = reaction is not None and bool(reaction.emoji)
    return ledger_text(reaction.message_id) if reaction and given else None, "reaction"


def _answered(element: MessageElement, step: Message) -> tuple[str | None, str]:
    context = None if step.message_type in _NO_ANSWERS else _read(_context, element.context)
    return ledger_text(context.id) if context else None, "click" if _is_click(element, step) else "reply"


def _is_click(element: MessageElement, step: Message) -> bool:
    if step.message_type != "interactive":
        return step.message_type == "button"
    interactive = _read(_interactive, element.interactive)
    kind = interactive.type if interactive else None
    return isinstance(kind, str) and kind in _CLICKS


def _read(decoder: msgspec.json.Decoder[_Element], raw: msgspec.Raw) -> _Element | None:
    """None for what cannot be read: it must not stop the message that it is part of."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
