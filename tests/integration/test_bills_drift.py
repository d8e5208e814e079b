"""A bill that differs from its own total, or from what we counted, is told."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from exporter.cost_days import CostDay
from tests.conftest import NOON, Replica, step
from tests.integration.billed import DAY, Billed, Clock, bill_page, record
from tests.integration.fake_twilio import FakeTwilio


async def test_categories_that_are_more_than_the_total_are_told(
    billed: Billed, twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [record("sms-outbound", "10", DAY), record("sms-inbound", "1", DAY)]
    twilio.bill = [bill_page(*lines, record("totalprice", "11", DAY))]
    await billed.bill.run()
    assert "disjoint" not in caplog.text
    twilio.bill = [bill_page(*lines, record("totalprice", "10.9999", DAY))]
    await billed.bill.run()
    assert "add up to 11 USD, the bill's total is 10.9999: are they still disjoint?" in caplog.text


def cost(usd: str, day: date) -> tuple[CostDay, tuple[Decimal, int]]:
    return CostDay(day, "default", "sms", "twilio", "message", "estimated"), (Decimal(usd), 1)


async def test_a_rate_two_percent_wrong_shows_within_one_cycle_and_names_the_category(
    one: Replica, twilio: FakeTwilio
) -> None:
    days = dict([cost("1", DAY), cost("102", DAY + timedelta(days=1))])
    billed = Billed(one, twilio.url, cost_days=lambda: days, account_alias="main")
    twilio.bill = [bill_page(record("sms-outbound", "100", DAY + timedelta(days=1)))]
    await billed.bill.run()
    await billed.gauges.run()
    labels = {"provider": "twilio", "account": "main", "category": "sms"}
    assert billed.gauge("comms_bill_drift_ratio", **labels) == 0.02


async def test_the_costs_of_the_ledgers_own_messages_are_compared(billed: Billed, twilio: FakeTwilio) -> None:
    first, next_day = NOON - timedelta(days=2), NOON - timedelta(days=1)
    sent = [
        step(f"SM{number}", at=at, cost_usd=Decimal("0.00816"))
        for number, at in enumerate([first, *[next_day] * 200])
    ]
    await billed.one.ledger.append(sent)
    await billed.one.ledger.catch_up()
    twilio.bill = [bill_page(record("sms-outbound", "1.6000", next_day.date()))]
    await billed.bill.run()
    await billed.gauges.run()
    labels = {"provider": "twilio", "account": "default", "category": "sms"}
    assert billed.gauge("comms_bill_drift_ratio", **labels) == 0.02


async def test_a_drift_is_gone_with_its_day(one: Replica, twilio: FakeTwilio) -> None:
    clock = Clock()
    days = dict(cost("102", DAY + timedelta(days=day)) for day in range(3))
    billed = Billed(one, twilio.url, clock, cost_days=lambda: days)
    prices = {1: "100", 2: "102"}
    twilio.bill = [
        bill_page(*(record("sms-outbound", usd, DAY + timedelta(days=day)) for day, usd in prices.items()))
    ]
    await billed.bill.run()
    seen = []
    for _ in range(2):
        await billed.gauges.run()
        labels = {"provider": "twilio", "account": "default", "category": "sms"}
        seen.append(billed.gauge("comms_bill_drift_ratio", **labels))
        clock.advance(days=1)
    assert seen == [0.02, 0]
