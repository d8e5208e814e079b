"""Whether messages arrive: from steps counted by status to shares, in the words of rules/delivery.yaml."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from operator import add
from typing import NamedTuple

from exporter.ledger.rollup_query import Sum
from exporter.measure import EXACT

MESSAGES = "comms_messages_total"
_RECEIPTS = ("delivered", "read", "played", "undelivered")
_PLACES = Decimal("0.000001")


class Arrival(NamedTuple):
    """Messages of some routes.

    Attributes:
        failed: failed + undelivered.
        attempted: the larger of `sent` and `delivered + undelivered`, plus failed before it was sent; by route.
        delivered: the largest of delivered, read and played; by route, and only of routes with receipts.
        final: delivered + failed, of the same routes.
    """

    received: int = 0
    attempted: int = 0
    failed: int = 0
    delivered: int = 0
    final: int = 0

    def plus(self, other: Arrival) -> Arrival:
        """Of both."""
        return Arrival(*map(add, self, other))

    @property
    def error_ratio(self) -> Decimal | None:
        """Failed of attempted; None of nothing."""
        return ratio(self.failed, self.attempted)

    @property
    def delivery_ratio(self) -> Decimal | None:
        """Delivered of final; None of nothing."""
        return ratio(self.delivered, self.final)


def arrival(sums: Iterable[Sum], channel: str | None = None) -> Arrival:
    """Of the messages of a channel, or of all."""
    routes: dict[tuple[str, str], dict[str, int]] = {}
    received = 0
    for family, labels, value in sums:
        if family != MESSAGES or channel not in (None, labels[0]):
            continue
        if labels[2] == "outbound":
            steps = routes.setdefault((labels[0], labels[1]), {})
            steps[labels[3]] = steps.get(labels[3], 0) + int(value)
        elif labels[3] == "received":
            received += int(value)
    whole = Arrival(received=received)
    for steps in routes.values():
        whole = whole.plus(_of_route(steps))
    return whole


def ratio(part: int, whole: int) -> Decimal | None:
    """A share between 0 and 1 with six places; None of nothing."""
    if not whole:
        return None
    return EXACT.divide(Decimal(part), Decimal(whole)).quantize(_PLACES, ROUND_HALF_UP, EXACT).normalize()


def _of_route(steps: dict[str, int]) -> Arrival:
    failed = steps.get("failed", 0) + steps.get("undelivered", 0)
    ended = steps.get("delivered", 0) + steps.get("undelivered", 0)
    attempted = max(steps.get("sent", 0), ended) + steps.get("failed", 0)
    if not any(steps.get(status) for status in _RECEIPTS):
        return Arrival(attempted=attempted, failed=failed)
    delivered = max(steps.get(status, 0) for status in ("delivered", "read", "played"))
    return Arrival(attempted=attempted, failed=failed, delivered=delivered, final=delivered + failed)
