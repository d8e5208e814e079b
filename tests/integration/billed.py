"""A replica that reads the bill of the fake Twilio, at a time that the test sets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
from msgspec.structs import replace

from exporter.billing.balance import ReadBalance
from exporter.billing.bill_gauges import BillGauges
from exporter.billing.drift import CostDays
from exporter.billing.message_prices import MessagePrices
from exporter.billing.read_bill import ReadBill
from exporter.billing.usage_records import UsageRecords
from exporter.event import AnyEvent, Message
from exporter.ledger.append import Price
from exporter.pricing.charged_step import is_charged
from exporter.pricing.cost import ZERO_USD
from exporter.sources.twilio import TwilioConfig
from exporter.vocabulary import Status
from tests.conftest import Replica
from tests.integration.fake_twilio import ACCOUNT, TOKEN, recorded

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 18)
SMS = ("default", "sms", "twilio", "message")
LOW_USD, HIGH_USD = Decimal("0.0079"), Decimal("0.0083")


class Clock:
    """The time, as the test sets it."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **duration: float) -> None:
        self.at += timedelta(**duration)


class Billed:
    """One replica and its work on bills; it waits for nothing and remembers how long it would have.

    Args:
        cost_days: what stands in for the costs of the replica's totals.
    """

    def __init__(
        self,
        one: Replica,
        url: str,
        clock: Clock | None = None,
        *,
        cost_days: Callable[[], CostDays] | None = None,
        price: Price | None = None,
        tenants: dict[str, str] | None = None,
        **bills: Any,
    ) -> None:
        self.one = one
        self.waits_s: list[float] = []
        self.config = TwilioConfig.model_validate(
            {
                "account_sid": ACCOUNT,
                "auth_token": TOKEN,
                "tenants": tenants or {},
                "bills": {"enabled": True, "api_url": url, **bills},
            }
        )
        now = clock or Clock()
        self.bill = ReadBill(self.source, one.ledger, now=now)
        self.prices = MessagePrices(
            lambda: self.config, one.ledger, price=price or estimated, now=now, sleep=self._wait
        )
        self.balance = ReadBalance(lambda: self.config, one.ledger, sleep=self._wait)
        self.gauges = BillGauges(
            lambda: [self.source()],
            one.ledger,
            one.metrics,
            cost_days or (lambda: one.totals.cost_days()),
            now=now,
        )

    def source(self) -> UsageRecords:
        return UsageRecords(self.config, self._wait)

    async def costs(self, basis: str) -> dict[tuple[str, ...], Decimal]:
        """Money by (tenant, channel, provider, component), zeros left out."""
        await self.one.ledger.catch_up()
        rows = self.one.totals.rows()["comms_cost_usd_total"]
        return {key[:4]: Decimal(row[0]) for key, row in rows.items() if key[4] == basis and row[0]}

    async def total(self, basis: str) -> Decimal:
        return sum((await self.costs(basis)).values(), ZERO_USD)

    def gauge(self, name: str, /, **labels: str) -> float | None:
        return self.one.registry.get_sample_value(name, labels)

    async def _wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)


def estimated(event: AnyEvent) -> AnyEvent:
    """A price list on which everything that is charged costs about the same."""
    assert isinstance(event, Message)
    if not is_charged(event) and event.status is not Status.FAILED:
        return event
    return replace(event, low_usd=LOW_USD, high_usd=HIGH_USD)


def record(category: str, price: str | None, day: date, **more: Any) -> dict[str, Any]:
    dates = {"start_date": day.isoformat(), "end_date": day.isoformat()}
    return {"category": category, "price": price, "price_unit": "usd", "usage": "1", **dates, **more}


def bill_page(*records: Any, then: str | None = None) -> dict[str, Any]:
    return {"usage_records": list(records), "next_page_uri": then}


def recorded_bill(day: date) -> list[dict[str, Any]]:
    """The recorded month with all categories, as if it were one day."""
    dates = {"start_date": day.isoformat(), "end_date": day.isoformat()}
    return [each | dates for each in recorded("usage_multi_category")["usage_records"]]


async def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    found = [tuple(row) for row in await connection.fetch(query)]
    await connection.close()
    return found
