"""Rollups: what entries add to each hour and day, of all, a tenant, a user and an outlet; pure.

The numbers are made by the same fold as the totals, so the two cannot disagree. What a sum is of is a family of the
catalogue and its labels without the tenant. A histogram is kept as one sum for each bucket, and one of its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from exporter.event import Conversation, Entry, Llm, Message, Tally
from exporter.fold import counted
from exporter.fold_cost import costs_of
from exporter.known import Key
from exporter.label import label
from exporter.rollup_deltas import Added, Deltas, Slot, fold_into, plus

MESSAGE_TYPES = "message_types"
"""Steps by (channel, direction, status, message_type, sender), which are no labels of a metric."""
MESSAGE_COSTS = "message_costs"
"""Estimated US dollars of messages by (channel, provider, component, direction, message_type)."""
MODEL_COSTS = "model_costs"
"""Estimated US dollars by (provider, model)."""
CONVERSATIONS = "conversations"
"""Conversations by the state that they reached for the first time; without an id each event is one."""
_OPEN_OF_OURS = {
    CONVERSATIONS: (False,),
    MESSAGE_TYPES: (False, False, False, True, True),
    MESSAGE_COSTS: (False, True, False, False, True),
    MODEL_COSTS: (True, True),
}


class Scope(IntEnum):
    """Whose sum it is; the numbers are stored."""

    ALL = 0
    TENANT = 1
    USER = 2
    OUTLET = 3


class Cell(NamedTuple):
    """One sum of a rollup; `begins` is a full hour or a midnight, UTC."""

    tenant: str
    scope: Scope
    subject: str
    family: str
    begins: datetime
    labels: Key


class Known(NamedTuple):
    """What the ledger knows beside the entries of a page.

    Attributes:
        users: whose a message is, by tenant and message id, where it does not say so itself.
        reached: tenant, conversation and state of what is reached for the first time in this page.
    """

    users: Mapping[tuple[str, str], str] = {}
    reached: frozenset[tuple[str, str, str]] = frozenset()


Sums: TypeAlias = dict[Cell, Decimal | int]


class Rollup:
    """Entries in, sums of hours and days out."""

    def __init__(self, limit: int = 2_000) -> None:
        self._deltas = Deltas(limit)
        self._fold = fold_into(self._deltas, limit)

    def take(self, entries: Iterable[Entry], known: Known) -> tuple[Sums, Sums]:
        """What these entries add to hours and to days."""
        reached = set(known.reached)
        for entry in entries:
            event = entry.event
            user = event.user or known.users.get((event.tenant, getattr(event, "message_id", None) or ""))
            at = min(event.at, entry.received_at).astimezone(UTC)
            hour = at.replace(minute=0, second=0, microsecond=0)
            self._deltas.turn_to(Slot(hour, event.tenant, user, event.outlet))
            self._fold.kinds[type(event)](event, entry)
            self._ours(counted(event, entry) if isinstance(event, Tally) else entry, reached)
        return _spread(self._deltas.take())

    def _ours(self, entry: Entry, reached: set[tuple[str, str, str]]) -> None:
        event = entry.event
        if isinstance(event, Message):
            self._message(event, entry)
        elif isinstance(event, Conversation):
            self._conversation(event, entry, reached)
        elif isinstance(event, Llm):
            for amount_usd in (costs_of(event, "llm") or {}).values():
                self._add(MODEL_COSTS, (label(event.provider), label(event.model)), amount_usd)

    def _message(self, event: Message, entry: Entry) -> None:
        kind = label(event.message_type or "")
        if not entry.told_again:
            sender = label(event.sender or "")
            self._add(
                MESSAGE_TYPES, (event.channel, event.direction, event.status, kind, sender), entry.weight
            )
        if entry.charged:
            for component, amount_usd in (costs_of(event, "message") or {}).items():
                route = (event.channel, label(event.provider))
                self._add(MESSAGE_COSTS, (*route, component, event.direction, kind), amount_usd)

    def _conversation(self, event: Conversation, entry: Entry, reached: set[tuple[str, str, str]]) -> None:
        state = (event.tenant, event.conversation_id or "", event.state.value)
        if event.conversation_id is None or state in reached:
            reached.discard(state)
            self._add(CONVERSATIONS, (event.state,), entry.weight)

    def _add(self, family: str, labels: Key, amount: Decimal | int | None) -> None:
        if amount is not None:
            self._deltas.add(family, _OPEN_OF_OURS[family], labels, amount)


def _spread(slots: Mapping[Slot, Added]) -> tuple[Sums, Sums]:
    hours: Sums = {}
    days: Sums = {}
    for slot, added in slots.items():
        day = slot.hour.replace(hour=0)
        for owner in _owners(slot):
            _add(days, owner, day, added)
            if owner[1] is not Scope.USER:
                _add(hours, owner, slot.hour, added)
    return hours, days


def _owners(slot: Slot) -> list[tuple[str, Scope, str]]:
    owners = [("", Scope.ALL, ""), (slot.tenant, Scope.TENANT, "")]
    if slot.user:
        owners.append((slot.tenant, Scope.USER, slot.user))
    if slot.outlet:
        owners.append((slot.tenant, Scope.OUTLET, slot.outlet))
    return owners


def _add(sums: Sums, owner: tuple[str, Scope, str], begins: datetime, added: Added) -> None:
    for (family, labels), amount in added.items():
        cell = Cell(*owner, family, begins, labels)
        before = sums.get(cell)
        sums[cell] = amount if before is None else plus(before, amount)
