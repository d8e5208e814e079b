"""The bills that the configuration turns on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from exporter.billing.anthropic_bill import AnthropicCosts
from exporter.billing.bill_source import BillSource
from exporter.billing.meta_bill import MetaPricing
from exporter.billing.openai_bill import OpenAiCosts
from exporter.billing.usage_records import UsageRecords
from exporter.config import Config
from exporter.sources.bill_reading import BillReading


class Bill(NamedTuple):
    """A bill, by the name of the work that reads it.

    Attributes:
        source: made anew for each look, as configured by then.
    """

    work: str
    reading: BillReading
    source: Callable[[], BillSource]


def bills(config: Callable[[], Config]) -> list[Bill]:
    """Every bill that is read."""
    now = config()
    every = (
        Bill("read_twilio_bill", now.sources.twilio.bills, lambda: UsageRecords(config().sources.twilio)),
        Bill("read_whatsapp_bill", now.bills.whatsapp, lambda: MetaPricing(config().bills.whatsapp)),
        Bill("read_openai_bill", now.bills.openai, lambda: OpenAiCosts(config().bills.openai)),
        Bill("read_anthropic_bill", now.bills.anthropic, lambda: AnthropicCosts(config().bills.anthropic)),
    )
    return [bill for bill in every if bill.reading.enabled]
