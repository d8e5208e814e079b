"""Events to be priced, and the price lists of the tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from exporter.event import Costed, Llm, Message, Usage
from exporter.pricing.llm import LlmPrices
from exporter.pricing.llm_table import read_table
from exporter.pricing.price_lists import PriceLists, Route
from exporter.pricing.pricer import Pricer
from exporter.pricing.sms import SmsPrices, read_countries
from exporter.pricing.whatsapp import Rate, WhatsAppPrices
from exporter.vocabulary import Channel, Direction, Status

DATA = Path(__file__).parents[2] / "data"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
LISTS = PriceLists(
    LlmPrices(read_table(DATA / "llm" / "price_table.json")),
    SmsPrices(read_countries(DATA / "twilio" / "api"), "twilio"),
    WhatsAppPrices(
        [
            Rate(date(2025, 7, 1), "US", "marketing", Decimal("0.025")),
            Rate(date(2026, 10, 1), "US", "marketing", Decimal("0.0275")),
            Rate(date(2025, 7, 1), "US", "utility", Decimal("0.0034")),
        ],
        "card",
    ),
    {
        Route(Channel.EMAIL, "sendgrid", Direction.OUTBOUND): Decimal("0.0006"),
        Route(Channel.MMS, "twilio", Direction.OUTBOUND): Decimal("0.022"),
        Route(Channel.MMS, "twilio", Direction.INBOUND): Decimal("0.0165"),
    },
)
PRICER = Pricer(LISTS)


def sms(status: Status = Status.SENT, **fields: Any) -> Message:
    """An outbound SMS of two segments to Britain, through Twilio."""
    known: dict[str, Any] = {
        "at": AT,
        "channel": Channel.SMS,
        "provider": "twilio",
        "direction": Direction.OUTBOUND,
        "status": status,
        "message_id": "SM1",
        "country": "GB",
        "segments": 2,
        "number_type": "mobile",
    }
    return Message(**(known | fields))


def whatsapp(status: Status = Status.DELIVERED, **fields: Any) -> Message:
    """A marketing template to the United States."""
    known: dict[str, Any] = {
        "at": AT,
        "channel": Channel.WHATSAPP,
        "provider": "whatsapp",
        "direction": Direction.OUTBOUND,
        "status": status,
        "message_id": "wamid.1",
        "country": "US",
        "category": "marketing",
        "pricing_type": "regular",
    }
    return Message(**(known | fields))


def llm(**fields: Any) -> Llm:
    """A call of 1,000 tokens in and 100 out."""
    known: dict[str, Any] = {
        "at": AT,
        "provider": "openai",
        "model": "gpt-4o-mini",
        "usage": Usage(input_tokens=1_000, output_tokens=100),
    }
    return Llm(**(known | fields))


def priced(event: Message | Llm, pricer: Pricer = PRICER) -> Costed:
    found = pricer.priced(event)
    assert isinstance(found, Costed)
    return found


def parts(event: Message | Llm, pricer: Pricer = PRICER) -> dict[str, str]:
    """What it costs by component."""
    return {str(part.component): format(part.amount_usd, "f") for part in priced(event, pricer).costs}
