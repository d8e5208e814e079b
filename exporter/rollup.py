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

from exporter.event import Entry, Llm, Message, Tally
from exporter.fold import counted
from exporter.known import Key
from exporter.label import label
from exporter.measure import amount_of
from exporter.rollup_deltas import Added, Deltas, Slot, fold_into, plus

MESSAGE_TYPES = "message_types"
"""Steps by (channel, direction, status, message_type, sender), which are no labels of a metric."""
MODEL_COSTS = "model_costs"
"""Estimated US dollars by (provider, model)."""
_OPEN_OF_OURS = {MESSAGE_TYPES: (False, False, False, True, True), MODEL_COSTS: (True, True)}


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


Sums: TypeAlias = dict[Cell, Decimal | int]


class Rollup:
    """Entries in, sums of hours and days out."""

    def __init__(self, limit: int = 2_000) -> None:
        self._deltas = Deltas(limit)
        self._fold = fold_into(self._deltas, limit)

    def take(self, entries: Iterable[Entry], users: Mapping[tuple[str, str], str]) -> tuple[Sums, Sums]:
        """What these entries add to hours and to days.

        `users` knows, by tenant and message id, whose a message is that does not say so itself.
        """
        for entry in entries:
            event = entry.event
            user = event.user or users.get((event.tenant, getattr(event, "message_id", None) or ""))
            at = min(event.at, entry.received_at).astimezone(UTC)
            hour = at.replace(minute=0, second=0, microsecond=0)
            self._deltas.turn_to(Slot(hour, event.tenant, user, event.outlet))
            self._fold.kinds[type(event)](event, entry)
            self._ours(counted(event, entry) if isinstance(event, Tally) else entry)
        return _spread(self._deltas.take())

    def _ours(self, entry: Entry) -> None:
        event = entry.event
        if isinstance(event, Message) and not entry.told_again:
            kind, sender = label(event.message_type or ""), label(event.sender or "")
            labels = (event.channel, event.direction, event.status, kind, sender)
            self._deltas.add(MESSAGE_TYPES, _OPEN_OF_OURS[MESSAGE_TYPES], labels, entry.weight)
        elif isinstance(event, Llm):
            parts = [part.amount_usd for part in event.costs] if event.cost_usd is None else [event.cost_usd]
            for amount_usd in parts:
                self._add_cost((label(event.provider), label(event.model)), amount_of(amount_usd))

    def _add_cost(self, labels: Key, amount_usd: Decimal | None) -> None:
        if amount_usd is not None:
            self._deltas.add(MODEL_COSTS, _OPEN_OF_OURS[MODEL_COSTS], labels, amount_usd)


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
