"""What costs do to the metric families: parts, bounds, waste, and what has no price."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from exporter.cost_days import CostDays
from exporter.event import Charge, Costed, Entry, Event, Llm, Message
from exporter.fold_message import CHARGED
from exporter.known import BILLABLE, Key
from exporter.label import label
from exporter.measure import EXACT, Amounts, Counters, amount_of, sum_of


class CostFold(NamedTuple):
    """The families of money spent; a `route` is (tenant, channel, provider)."""

    days: CostDays
    cost: Amounts
    bounds: Amounts
    waste: Amounts
    unpriced: Counters

    def message(self, event: Message, entry: Entry, route: Key) -> None:
        """What a step of a message costs; one stored before there were prices is unpriced where it was charged."""
        message_usd = self._costed(event, entry, route, "message")
        if message_usd is None:
            if event.status is CHARGED[event.direction] and route[1] in BILLABLE and not _is_priced(event):
                self.unpriced.add((*route[1:], "no_rate_card"), entry.weight)
        elif event.avoidable_segments and event.segments:
            avoidable = Decimal(min(event.avoidable_segments, event.segments))
            wasted_usd = EXACT.divide(EXACT.multiply(message_usd, avoidable), Decimal(event.segments))
            _add(self.waste, (route[0], label(event.template or "")), amount_of(wasted_usd))

    def llm(self, event: Llm, entry: Entry, route: Key) -> None:
        """What a call to a language model costs; one stored before there were prices is unpriced."""
        if self._costed(event, entry, route, "llm") is None and not _is_priced(event):
            self.unpriced.add((*route[1:], "no_price"), entry.weight)

    def charge(self, event: Charge, entry: Entry) -> None:
        """Money that a provider states."""
        route = (label(event.tenant), event.channel, label(event.provider))
        self._spent(amount_of(event.amount_usd), entry, (*route, event.component, event.basis))

    def _costed(self, event: Costed, entry: Entry, route: Key, component: str) -> Decimal | None:
        """Count a cost by its parts, or a stated one under this component; the answer is what that one has."""
        if event.unpriced is not None:
            self.unpriced.add((*route[1:], event.unpriced), entry.weight)
        parts_usd = costs_of(event, component)
        if parts_usd is None:
            return None
        for name, amount_usd in parts_usd.items():
            self._spent(amount_usd, entry, (*route, name, "estimated"))
        self._bound(event, route, parts_usd.values())
        return parts_usd.get(component)

    def _spent(self, amount_usd: Decimal | None, entry: Entry, key: Key) -> None:
        if amount_usd is not None:
            at, received_at = entry.event.at, entry.received_at
            counted_as = self.cost.add(key, amount_usd)
            self.days.add(received_at if at > received_at else at, counted_as, amount_usd, entry.weight)

    def _bound(self, event: Costed, route: Key, parts_usd: Iterable[Decimal | None]) -> None:
        """A cost without a range is its own range."""
        low_usd, high_usd = event.low_usd, event.high_usd
        if low_usd is None or high_usd is None:
            low_usd = high_usd = sum_of(amount_usd for amount_usd in parts_usd if amount_usd is not None)
        _add(self.bounds, (*route, "low"), amount_of(low_usd))
        _add(self.bounds, (*route, "high"), amount_of(high_usd))


def costs_of(event: Costed, component: str) -> dict[str, Decimal | None] | None:
    """A cost by its parts, or a stated one under this component; None of what has none."""
    if event.card is not None and event.cost_usd is None:
        return {part.component: amount_of(part.amount_usd) for part in event.costs}
    stated_usd = amount_of(event.cost_usd)
    return None if stated_usd is None else {component: stated_usd}


def _add(family: Amounts, key: Key, amount_usd: Decimal | None) -> None:
    if amount_usd is not None:
        family.add(key, amount_usd)


def has_price(event: Event) -> bool:
    """Whether an event brings a price, or the reason why it has none."""
    return isinstance(event, Costed) and (event.cost_usd is not None or _is_priced(event))


def _is_priced(event: Costed) -> bool:
    return event.card is not None or event.unpriced is not None
