"""`comms-exporter price`: units in, costs out, one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from exporter.country import country_of
from exporter.errors import Rejected
from exporter.pricing.cost import EXACT, ZERO_USD, Cost, NoPrice, Unpriced
from exporter.pricing.price_lists import PriceLists
from exporter.pricing.sms import Sms, SmsPrices
from exporter.pricing.sms_history import SmsPriceHistory
from exporter.segments import segments
from exporter.sources.llm_usage import tier_name, usage_of
from exporter.vocabulary import Direction, Encoding, Status


class _Unit(msgspec.Struct, tag_field="kind"):
    at: datetime | None = None


class LlmUnit(_Unit, tag="llm", kw_only=True):
    """A call to a language model, its usage as any provider reports it."""

    provider: str
    model: str
    usage: dict[str, Any]
    service_tier: str | None = None


class SmsUnit(_Unit, tag="sms", kw_only=True, rename={"from_": "from"}):
    """A text message, by its body or by its number of segments."""

    direction: Direction = Direction.OUTBOUND
    to: str | None = None
    from_: str | None = None
    country: str | None = None
    body: str | None = None
    segments: int | None = None
    number_type: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    status: Status = Status.SENT
    error_code: str | int | None = None


class WhatsAppUnit(_Unit, tag="whatsapp", kw_only=True):
    """A delivered WhatsApp message, by what its webhook says about charging."""

    country: str | None = None
    category: str | None = None
    type: str | None = None
    provider: str = "whatsapp"


_decode = msgspec.json.Decoder(LlmUnit | SmsUnit | WhatsAppUnit).decode
_encode = msgspec.json.Encoder().encode
_SHORTCODE_DIGITS = 6


def answers(lines: Iterable[bytes], lists: PriceLists, now: datetime) -> Iterator[bytes]:
    """For each line that is not blank, its cost as a line; what cannot be read is answered with an `error`."""
    for line in lines:
        if line.strip():
            yield _encode(_answer(line, lists, now)) + b"\n"


def _answer(line: bytes, lists: PriceLists, now: datetime) -> dict[str, Any]:
    try:
        unit = _decode(line)
        at = _utc(unit.at) if unit.at else now
        if isinstance(unit, LlmUnit):
            usage = usage_of(unit.usage, unit.provider)
            tier = unit.service_tier or tier_name(unit.usage.get("service_tier"))
            return _said(lists.llm.price(unit.provider, unit.model, usage, at, tier))
        if isinstance(unit, WhatsAppUnit):
            by_twilio = unit.provider == "twilio"
            cost = lists.whatsapp.price(unit.country, unit.category, unit.type, at, by_twilio=by_twilio)
            return _said(cost)
        return _sms(unit, lists.sms, at)
    except Rejected as unusable:
        return {"unpriced": NoPrice.BAD_USAGE.value, "key": unusable.detail}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return {"error": str(error)}


def _sms(unit: SmsUnit, prices: SmsPrices | SmsPriceHistory, at: datetime) -> dict[str, Any]:
    counted = segments(unit.body) if unit.body is not None else None
    number = unit.segments if unit.segments is not None else counted.number if counted else 1
    encoding = counted.encoding if counted else Encoding.UNKNOWN
    theirs, ours = (unit.to, unit.from_) if unit.direction is Direction.OUTBOUND else (unit.from_, unit.to)
    abroad = theirs if unit.direction is Direction.OUTBOUND else ours
    sms = Sms(
        unit.direction,
        unit.country or (country_of(abroad.rpartition(":")[2]) if abroad else None),
        number,
        at,
        unit.number_type or _number_type(ours),
        unit.mcc,
        unit.mnc,
        unit.status,
        None if unit.error_code is None else str(unit.error_code),
    )
    return _said(prices.price(sms)) | {"segments": number, "encoding": encoding.value}


def _number_type(ours: str | None) -> str | None:
    """What a number says about itself; the other types cannot be told from their digits."""
    digits = (ours or "").lstrip("+")
    return "shortcode" if digits.isdigit() and len(digits) <= _SHORTCODE_DIGITS else None


def _said(cost: Cost) -> dict[str, Any]:
    if isinstance(cost, Unpriced):
        return {"unpriced": cost.reason.value, "key": cost.key}
    said: dict[str, Any] = {
        "cost_usd": _plain(cost.cost_usd),
        "parts": _summed((part.component.value, part.amount_usd) for part in cost.parts),
        "card": cost.card,
    }
    if cost.low_usd != cost.high_usd:
        said |= {"low_usd": _plain(cost.low_usd), "high_usd": _plain(cost.high_usd)}
    return said


def _summed(parts: Iterable[tuple[str, Decimal]]) -> Mapping[str, str]:
    sums: dict[str, Decimal] = {}
    for name, amount_usd in parts:
        sums[name] = EXACT.add(sums.get(name, ZERO_USD), amount_usd)
    return {name: _plain(amount_usd) for name, amount_usd in sums.items()}


def _plain(amount_usd: Decimal) -> str:
    return format(amount_usd, "f")


def _utc(at: datetime) -> datetime:
    """A time without a zone is UTC."""
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
