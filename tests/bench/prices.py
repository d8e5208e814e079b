"""Prices looked up, caches warm: what an event costs more for its price before it is stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import median
from time import process_time

from exporter.event import AnyEvent, Llm, Message, Usage
from exporter.pricing.llm import LlmPrices
from exporter.pricing.price_lists import PriceLists
from exporter.pricing.pricer import Pricer
from exporter.pricing.sms import Country, SmsPrices
from exporter.pricing.whatsapp import ANY_COUNTRY, Rate, WhatsAppPrices
from exporter.vocabulary import Channel, Direction, Status
from tests.bench.effort import Effort
from tests.bench.report import Aim, Result, Table

_AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
_EVENTS = 100_000
_AIM = 100_000
_NETWORKS = 60
_NOTE = (
    "In this process, by its CPU time: from an event without a price to one with its parts, bounds and rate card. "
    "Each event differs in its tokens or segments. A price list of one country has 60 networks."
)


def measure(effort: Effort) -> Result:
    """Every kind of price."""
    rates = {what: _prices_per_s(make, effort) for what, make in _KINDS.items()}
    aims = [
        Aim(what, f"≥ {_AIM:,} prices/s", f"{rates[what]:,.0f} prices/s, {rates[what] / _AIM:.1f} x")
        for what in _AIMED_AT
    ]
    rows = [(what, f"{per_s:,.0f}") for what, per_s in rates.items()]
    return Result(aims, [Table("Prices", _NOTE, ("what", "prices/s"), rows)])


def _prices_per_s(make: Callable[[int], AnyEvent], effort: Effort) -> float:
    events = [make(number) for number in range(effort.of(_EVENTS))]
    pricer = _pricer()
    pricer.priced(events[0])
    return len(events) / median(_seconds(pricer, events) for _ in range(effort.rounds))


def _seconds(pricer: Pricer, events: list[AnyEvent]) -> float:
    began = process_time()
    for event in events:
        pricer.priced(event)
    return process_time() - began


def _pricer() -> Pricer:
    prices = [{"number_type": kind, "current_price": "0.0079"} for kind in ("local", "mobile", "toll-free")]
    networks = [{"mcc": "310", "mnc": str(number), "prices": prices} for number in range(_NETWORKS)]
    country = {"iso_country": "US", "price_unit": "USD", "outbound_sms_prices": networks}
    rate = Rate(date(2026, 10, 1), ANY_COUNTRY, "marketing", Decimal("0.025"))
    sms = SmsPrices([Country.model_validate(country)], "bench")
    return Pricer(PriceLists(LlmPrices(), sms, WhatsAppPrices([rate], "bench")))


def _llm(number: int) -> AnyEvent:
    usage = Usage(input_tokens=400 + number, output_tokens=100 + number, cached_input_tokens=50)
    return Llm(at=_AT, provider="openai", model="gpt-4o-mini", usage=usage)


def _sms(number: int) -> AnyEvent:
    return _message(number, Channel.SMS, "twilio", Status.SENT, segments=1 + number % 10)


def _whatsapp(number: int) -> AnyEvent:
    return _message(
        number, Channel.WHATSAPP, "whatsapp", Status.DELIVERED, category="marketing", pricing_type="regular"
    )


def _message(number: int, channel: Channel, provider: str, status: Status, **fields: object) -> AnyEvent:
    return Message(
        at=_AT,
        channel=channel,
        provider=provider,
        direction=Direction.OUTBOUND,
        status=status,
        message_id=f"m{number}",
        country="US",
        **fields,  # type: ignore[arg-type]
    )


_KINDS: dict[str, Callable[[int], AnyEvent]] = {
    "calls to language models": _llm,
    "SMS": _sms,
    "WhatsApp": _whatsapp,
    "steps that are not charged": lambda number: _message(number, Channel.SMS, "twilio", Status.QUEUED),
}
_AIMED_AT = ("calls to language models", "SMS")
