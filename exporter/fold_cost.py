"""What costs do to the metric families: parts, bounds, waste, and what has no price."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from exporter.cost_days import CostDays
from exporter.event import Charge, Costed, Entry, Llm, Message
from exporter.fold_message import CHARGED
from exporter.known import BILLABLE, BOUNDS, Key
from exporter.label import label
from exporter.measure import EXACT, Amounts, Counters, amount_of, total_of


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
        if event.avoidable_segments and event.segments and message_usd:
            avoidable = Decimal(min(event.avoidable_segments, event.segments))
            wasted_usd = EXACT.divide(EXACT.multiply(message_usd, avoidable), Decimal(event.segments))
            self._add(self.waste, (route[0], label(event.template or "")), wasted_usd)
        elif not _has_price(event) and event.status is CHARGED[event.direction] and route[1] in BILLABLE:
            self.unpriced.add((*route[1:], "no_rate_card"))

    def llm(self, event: Llm, entry: Entry, route: Key) -> None:
        """What a call to a language model costs; one stored before there were prices is unpriced."""
        self._costed(event, entry, route, "llm")
        if not _has_price(event):
            self.unpriced.add((*route[1:], "no_price"))

    def charge(self, event: Charge, entry: Entry) -> None:
        """Money that a provider states."""
        route = (label(event.tenant), event.channel, label(event.provider))
        self._spent(event.amount_usd, entry, (*route, label(event.component), event.basis))

    def _costed(self, event: Costed, entry: Entry, route: Key, component: str) -> Decimal | None:
        """Count a cost by its parts, or a stated one under this component; the answer is what that one has."""
        if event.unpriced is not None:
            self.unpriced.add((*route[1:], event.unpriced))
        stated_usd = amount_of(event.cost_usd)
        if stated_usd is not None:
            parts_usd = {component: stated_usd}
        elif event.card is not None:
            parts_usd = {part.component: part.amount_usd for part in event.costs}
        else:
            return None
        for name, amount_usd in parts_usd.items():
            self._spent(amount_usd, entry, (*route, name, "estimated"))
        self._bound(event, route)
        return parts_usd.get(component)

    def _spent(self, amount_usd: Decimal, entry: Entry, key: Key) -> None:
        counted_usd = amount_of(amount_usd)
        if counted_usd is not None:
            at = min(entry.event.at, entry.received_at)
            self.days.add(at, self.cost.add(key, counted_usd), counted_usd)

    def _bound(self, event: Costed, route: Key) -> None:
        """A cost without a range is its own range."""
        cost_usd = total_of(event.costs) if event.cost_usd is None else event.cost_usd
        for bound, amount_usd in zip(BOUNDS, (event.low_usd, event.high_usd), strict=True):
            self._add(self.bounds, (*route, bound), cost_usd if amount_usd is None else amount_usd)

    @staticmethod
    def _add(family: Amounts, key: Key, amount_usd: Decimal) -> None:
        counted_usd = amount_of(amount_usd)
        if counted_usd is not None:
            family.add(key, counted_usd)


def _has_price(event: Costed) -> bool:
    return amount_of(event.cost_usd) is not None or event.card is not None or event.unpriced is not None
