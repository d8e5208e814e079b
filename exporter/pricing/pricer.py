"""Fixes what an event costs, before it is stored; what is stored is never priced again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from exporter.event import AnyEvent, Costed, CostPart, Llm, Message, Tally
from exporter.known import BILLABLE
from exporter.measure import amount_of
from exporter.pricing.charged_step import is_charged
from exporter.pricing.cost import EXACT, Cost, NoPrice, Part, Priced, Unpriced, exactly
from exporter.pricing.price_lists import PriceLists, Route
from exporter.pricing.sms import Sms, SmsPrices
from exporter.pricing.sms_history import SmsPriceHistory
from exporter.pricing.whatsapp import TWILIO_FEE_USD
from exporter.vocabulary import Channel, Component, Direction, Status

_TWILIO = "twilio"
_MOST_SEGMENTS = 24
"""Of the longest body that Twilio takes: 1,600 characters (twilio.com/docs/api/errors/21617) by 67 a segment."""
_TWILIO_FEE = exactly((Part(Component.PLATFORM_FEE, TWILIO_FEE_USD),), "twilio whatsapp fee")


class Pricer:
    """Prices events by lists; pure, and no event can make it raise.

    Args:
        lists: of everything but Twilio's SMS where `sms` is given.
        sms: the newest price lists of Twilio.
        smart_encoding: Twilio saves the segments that can be avoided.
    """

    def __init__(
        self,
        lists: PriceLists,
        sms: Callable[[], SmsPriceHistory] | None = None,
        *,
        smart_encoding: bool = False,
    ) -> None:
        self._lists = lists
        self._sms: Callable[[], SmsPrices | SmsPriceHistory] = sms or (lambda: lists.sms)
        self._smart_encoding = smart_encoding

    def priced(self, event: AnyEvent) -> AnyEvent:
        """The event with its cost, or why it has none; unchanged where it states its cost, or costs nothing here."""
        if type(event) is Tally:
            return self._tally(event)
        if type(event) is Message:
            if self._smart_encoding and event.avoidable_segments:
                event = _smartly_encoded(event)
            cost = self._of_message(event) if event.cost_usd is None else None
            return event if cost is None else _with(event, cost)
        if type(event) is Llm and event.cost_usd is None:
            named = (event.provider, event.model)
            return _with(event, self._lists.llm.price(*named, event.usage, event.at, event.service_tier))
        return event

    def _tally(self, tally: Tally) -> Tally:
        """Each of the messages has the same price; what else a table counts states its cost."""
        if type(tally.event) is not Message:
            return tally
        priced = self.priced(tally.event)
        if not isinstance(priced, Message) or priced is tally.event:
            return tally
        return replace(tally, event=_times(priced, tally.count))

    def _of_message(self, step: Message) -> Cost | None:
        """None where this step is not the one that is charged."""
        if step.status is Status.FAILED and step.provider == _TWILIO and step.direction is Direction.OUTBOUND:
            return self._sms().price(self._as_sms(step, 1))
        if not is_charged(step):
            return None
        per_message_usd = self._lists.messages.get(Route(step.channel, step.provider, step.direction))
        if per_message_usd is not None:
            return exactly((Part(Component.MESSAGE, per_message_usd),), "per message")
        if step.channel is Channel.WHATSAPP:
            return self._of_whatsapp(step)
        if step.channel is Channel.SMS and step.provider == _TWILIO:
            return self._of_sms(step)
        if step.channel in BILLABLE:
            return Unpriced(NoPrice.NO_RATE_CARD, f"{step.channel}/{step.provider}")
        return None

    def _of_whatsapp(self, step: Message) -> Cost:
        """Meta charges nothing for received messages, Twilio its fee for both directions."""
        by_twilio = step.provider == _TWILIO
        if step.direction is Direction.INBOUND:
            return _TWILIO_FEE if by_twilio else exactly((), "whatsapp: received messages are free")
        return self._lists.whatsapp.price(
            step.country, step.category, step.pricing_type, step.at, by_twilio=by_twilio
        )

    def _of_sms(self, step: Message) -> Cost:
        """One of unknown length counts as one segment, with the longest as the upper bound."""
        if step.segments:
            return self._sms().price(self._as_sms(step, step.segments))
        cost = self._sms().price(self._as_sms(step, 1))
        if isinstance(cost, Unpriced):
            return cost
        return cost._replace(high_usd=EXACT.multiply(cost.high_usd, Decimal(_MOST_SEGMENTS)))

    @staticmethod
    def _as_sms(step: Message, segments: int) -> Sms:
        """Our own number is taken to be in the customer's country where its own is not known."""
        inbound = step.direction is Direction.INBOUND
        return Sms(
            direction=step.direction,
            country=(step.own_country or step.country) if inbound else step.country,
            segments=segments,
            at=step.at,
            number_type=step.number_type,
            status=step.status,
            error_code=step.error_code,
        )


def _smartly_encoded(step: Message) -> Message:
    segments = None if step.segments is None else max(1, step.segments - (step.avoidable_segments or 0))
    return replace(step, segments=segments, avoidable_segments=None)


def _with(event: Llm | Message, cost: Cost) -> AnyEvent:
    """The event with its cost; of WhatsApp through Twilio the fee is known even where Meta's price is not."""
    if isinstance(cost, Priced):
        return _costing(event, cost)
    if _is_twilio_whatsapp(event):
        return _costing(event, _TWILIO_FEE, cost.reason.value)
    return replace(event, unpriced=cost.reason.value)


def _costing(event: Llm | Message, cost: Priced, unpriced: str | None = None) -> AnyEvent:
    costs = _parts(cost)
    if costs is None:
        return replace(event, unpriced=NoPrice.BAD_USAGE.value)
    return replace(
        event, costs=costs, card=cost.card, low_usd=cost.low_usd, high_usd=cost.high_usd, unpriced=unpriced
    )


def _times(event: Message, count: int) -> Message:
    """What so many messages cost together."""
    number = Decimal(count)
    low_usd, high_usd = event.low_usd, event.high_usd
    return replace(
        event,
        costs=tuple(
            [CostPart(part.component, EXACT.multiply(part.amount_usd, number)) for part in event.costs]
        ),
        low_usd=None if low_usd is None else EXACT.multiply(low_usd, number),
        high_usd=None if high_usd is None else EXACT.multiply(high_usd, number),
    )


def _is_twilio_whatsapp(event: Costed) -> bool:
    return type(event) is Message and event.channel is Channel.WHATSAPP and event.provider == _TWILIO


def _parts(cost: Priced) -> tuple[CostPart, ...] | None:
    """One part a component, each as exact as totals keep it; None where one is too large to be true."""
    sums_usd: dict[str, Decimal] = {}
    for component, part_usd in cost.parts:
        amount_usd = amount_of(part_usd)
        if amount_usd is None:
            return None
        before_usd = sums_usd.get(component)
        sums_usd[component] = amount_usd if before_usd is None else EXACT.add(before_usd, amount_usd)
    return tuple(map(CostPart, sums_usd, sums_usd.values()))
