"""What the steps of a message, and engagements with it, do to the metric families."""

from __future__ import annotations

from typing import NamedTuple

from exporter.event import Engagement, Entry, Message
from exporter.known import TEMPLATE_STATUSES, Key
from exporter.label import label
from exporter.measure import Counters, Histograms
from exporter.vocabulary import ENGAGED_BIT, Channel, Direction, ErrorClass, Status

CHARGED = {Direction.OUTBOUND: Status.SENT, Direction.INBOUND: Status.RECEIVED}
"""The step on which a message counts what it uses, so that one that reports it on every step counts once."""
_FAILED = frozenset({Status.FAILED, Status.UNDELIVERED})


class MessageFold(NamedTuple):
    """The families of messages, in the order of the catalogue; a `route` is (tenant, channel, provider)."""

    messages: Counters
    errors: Counters
    segments: Counters
    processing: Histograms
    delivery: Histograms
    response: Histograms
    engagements: Counters
    engaged: Counters
    template_messages: Counters
    skew: Counters

    def step(self, event: Message, entry: Entry, route: Key) -> None:
        """A step is counted; a failure once more by its class; times where they are known."""
        if not entry.told_again:
            self._counted(event, entry, route)
        if event.processing_seconds is not None:
            self.processing.observe(route, event.processing_seconds)
        if entry.engaged or entry.template_steps:
            self._first_known(entry, route[0], event.channel)

    def _counted(self, event: Message, entry: Entry, route: Key) -> None:
        self.messages.add((*route, event.direction, event.status), entry.weight)
        if event.status in _FAILED:
            unknown = event.error_class is ErrorClass.NONE
            error_class = ErrorClass.UNKNOWN if unknown else event.error_class
            self.errors.add((*route, error_class), entry.weight)
        if event.status is CHARGED[event.direction] and event.segments is not None:
            key = (route[0], route[2], event.direction, event.encoding)
            self.segments.add(key, event.segments * entry.weight)
        self._times(event, entry, route)

    def engagement(self, event: Engagement, entry: Entry) -> None:
        """Somebody opened, clicked, replied or acted; the message knows the channel better than `other`."""
        tenant, channel = label(event.tenant), event.channel
        if channel is Channel.OTHER and entry.channel is not None:
            channel = Channel(entry.channel)
        self.engagements.add((tenant, channel, label(event.action), event.actor), entry.weight)
        self._first_known(entry, tenant, channel)

    def _times(self, event: Message, entry: Entry, route: Key) -> None:
        """What the event states of the response goes before what the ledger found."""
        if event.response_seconds is not None:
            self.response.observe(route, event.response_seconds)
        elif entry.response_seconds is not None:
            answer = (route[0], entry.channel or event.channel, route[2])
            self._between_clocks(self.response, answer, entry.response_seconds, "response")
        if entry.delivery_seconds is not None:
            if entry.delivery_seconds < 0 and event.at_arrival:
                return  # Two callbacks overtook each other: no clock is wrong, and the time is not known.
            self._between_clocks(self.delivery, route, entry.delivery_seconds, "delivery")

    def _between_clocks(self, family: Histograms, route: Key, duration_s: float, measure: str) -> None:
        """Observe a time that began at one clock and ended at another."""
        if duration_s < 0:
            self.skew.add((*route[1:], measure))
        family.observe(route, max(0.0, duration_s))

    def _first_known(self, entry: Entry, tenant: str, channel: str) -> None:
        """Count for the message and its template what is known for the first time with this entry."""
        for (action, actor), bit in ENGAGED_BIT.items():
            if entry.engaged & bit:
                self.engaged.add((tenant, channel, action, actor))
        for status, bits in TEMPLATE_STATUSES.items():
            steps = (entry.template_steps & bits).bit_count()
            if steps:
                self.template_messages.add((tenant, label(entry.template or ""), status), steps)
