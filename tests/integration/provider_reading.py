"""A replica that reads the bill of OpenAI, Anthropic or Meta from their fake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exporter.billing.anthropic_bill import AnthropicCosts
from exporter.billing.bill_gauges import BillGauges
from exporter.billing.bill_source import BillSource
from exporter.billing.drift import CostDays
from exporter.billing.meta_bill import MetaPricing
from exporter.billing.openai_bill import OpenAiCosts
from exporter.billing.read_bill import ReadBill
from exporter.config.provider_bills import AnthropicBill, OpenAiBill, WhatsAppBill
from tests.conftest import Replica
from tests.integration.billed import DAY, Clock
from tests.integration.fake_reports import SECRET, WABA, FakeReports

NEXT = DAY + timedelta(days=1)


class Reading:
    """One replica that reads one bill; it waits for nothing and remembers how long it would have."""

    def __init__(
        self, one: Replica, source: Callable[[Reading], BillSource], cost_days: CostDays | None = None
    ) -> None:
        self.one = one
        self.waits_s: list[float] = []
        self.source = lambda: source(self)
        self.bill = ReadBill(self.source, one.ledger, now=Clock())
        self.gauges = BillGauges(
            lambda: [self.source()], one.ledger, one.metrics, lambda: cost_days or {}, now=Clock()
        )

    async def billed(self) -> dict[tuple[str, ...], Decimal]:
        """Money by (channel, provider, component), zeros left out."""
        await self.one.ledger.catch_up()
        rows = self.one.totals.rows()["comms_cost_usd_total"]
        return {key[1:4]: Decimal(row[0]) for key, row in rows.items() if key[4] == "billed" and row[0]}

    async def wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)


Made = Callable[..., Reading]


def reads_openai(one: Replica, reports: FakeReports) -> Made:
    def make(cost_days: CostDays | None = None, **more: Any) -> Reading:
        config = OpenAiBill(enabled=True, admin_key=SECRET, api_url=reports.url, **more)
        return Reading(one, lambda reading: OpenAiCosts(config, reading.wait), cost_days)

    return make


def reads_anthropic(one: Replica, reports: FakeReports) -> Made:
    def make(cost_days: CostDays | None = None, **more: Any) -> Reading:
        config = AnthropicBill(enabled=True, admin_key=SECRET, api_url=reports.url, **more)
        return Reading(one, lambda reading: AnthropicCosts(config, reading.wait), cost_days)

    return make


def reads_meta(one: Replica, reports: FakeReports) -> Made:
    def make(cost_days: CostDays | None = None, **more: Any) -> Reading:
        config = WhatsAppBill(
            enabled=True, business_account_id=WABA, access_token=SECRET, api_url=reports.url, **more
        )
        return Reading(one, lambda reading: MetaPricing(config, reading.wait), cost_days)

    return make
