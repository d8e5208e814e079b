"""Submissions as rows for append_events."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

from exporter.event import AnyEvent, Engagement, Message, Submission
from exporter.measure import amount_of, sum_of
from exporter.vocabulary import BIT, ENGAGED_BIT, RANK, Channel, Direction, Status

_encode = msgspec.json.Encoder().encode
_TURNS = {Direction.INBOUND: Status.RECEIVED, Direction.OUTBOUND: Status.SENT}

_TEMPLATE_CATEGORIES = frozenset(
    {"marketing", "marketing_lite", "utility", "authentication", "authentication_international"}
)


BY_CONVERSATION = "conversation"
"""The pricing_type of WhatsApp messages that are charged together with all of their conversation."""


class Charged(IntEnum):
    """Which price a step brings, and which one was counted of a message.

    A computed one counts before any other price, a stated one unless one was computed, a missing one only first.
    """

    MISSING = 1
    STATED = 2
    COMPUTED = 3


class _OfMessage(NamedTuple):
    """What an event says of a message, in the order of append_events' parameters."""

    message_id: str | None = None
    channel: str | None = None
    provider: str | None = None
    direction: str | None = None
    country: str | None = None
    status: str | None = None
    rank: int | None = None
    bit: int | None = None
    message_type: str | None = None
    template: str | None = None
    cost_usd: Decimal | None = None
    charge: Charged | None = None
    conversation_charge: str | None = None
    customer: str | None = None
    states_response: bool = False


_NOTHING = _OfMessage()


def rows(submissions: list[Submission]) -> list[tuple[Any, ...]]:
    """One tuple a submission, in the order of append_events' parameters, the round first."""
    batch = _Batch()
    made: list[tuple[Any, ...]] = []
    for source, event, raw, key, across_tenants in submissions:
        key_tenant = None if key is None else "" if across_tenants else event.tenant
        of_message = batch.told(event.tenant, _of_message(event))
        made.append(
            (
                batch.round((key_tenant, source, key), event.tenant, of_message),
                source,
                event.tenant,
                key_tenant,
                key,
                event.__struct_config__.tag,
                event.at,
                event.user,
                event.outlet,
                event.conversation_id,
                *of_message,
                _encode(event),
                raw,
            )
        )
    return made


class _Batch:
    """What a batch has named so far: a row goes into the round after the last one that wrote what it reads."""

    def __init__(self) -> None:
        self._rounds: dict[tuple[str | None, ...], int] = {}
        self._engaged: set[tuple[str, str, int, str | None]] = set()

    def told(self, tenant: str, of_message: _OfMessage) -> _OfMessage:
        """Without what an engagement repeats of the batch: it then only reads its message."""
        message_id, bit = of_message.message_id, of_message.bit
        if of_message.status is not None or not bit or message_id is None:
            return of_message
        told = (tenant, message_id, bit, of_message.channel)
        if told in self._engaged:
            return of_message._replace(bit=0, channel=None)
        self._engaged.add(told)
        return of_message

    def round(self, key: tuple[str | None, ...], tenant: str, of_message: _OfMessage) -> int:
        """The n-th time that the key or the message is written."""
        written: list[tuple[str | None, ...]] = []
        if key[-1] is not None:
            written.append(key)
        message = (tenant, of_message.message_id)
        turn = 1 + self._rounds.get(message, 0)
        if of_message.message_id is not None and of_message.bit:
            written.append(message)
        if of_message.conversation_charge is not None:
            written.append((tenant, "conversation", of_message.conversation_charge))
        turn = max([turn, *(1 + self._rounds.get(name, 0) for name in written)])
        self._rounds.update(dict.fromkeys(written, turn))
        return turn


def _of_message(event: AnyEvent) -> _OfMessage:
    if type(event) is Message:
        return _of_step(event)
    if type(event) is Engagement and event.message_id is not None:
        return _of_engagement(event, event.message_id)
    return _NOTHING


def _of_step(event: Message) -> _OfMessage:
    # A template is sent by plan, not in answer to anybody.
    is_planned = event.template is not None or event.category in _TEMPLATE_CATEGORIES
    takes_turn = event.status is _TURNS[event.direction] and not is_planned
    return _OfMessage(
        event.message_id,
        event.channel,
        event.provider,
        event.direction,
        event.country,
        event.status,
        RANK[event.status],
        BIT[event.status],
        event.message_type,
        event.template,
        *_price(event),
        event.conversation_id if event.card and event.pricing_type == BY_CONVERSATION else None,
        (event.peer or event.conversation_id) if takes_turn else None,
        event.response_seconds is not None,
    )


def _price(event: Message) -> tuple[Decimal | None, Charged | None]:
    if event.cost_usd is not None:
        return amount_of(event.cost_usd), Charged.STATED
    if event.card is not None:
        return sum_of(part.amount_usd for part in event.costs), Charged.COMPUTED
    return None, None if event.unpriced is None else Charged.MISSING


def _of_engagement(event: Engagement, message_id: str) -> _OfMessage:
    """Its channel only where that is stated and will be remembered."""
    bit = ENGAGED_BIT.get((event.action, event.actor), 0)
    tells_channel = bit and event.channel is not Channel.OTHER
    return _OfMessage(message_id, event.channel.value if tells_channel else None, bit=bit)
