"""Prepaid money: what Twilio says of it, and nothing where it says nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from exporter.rest_api import ApiError
from tests.conftest import RunningLedger
from tests.integration.billed import NOW, Billed, bill_page, record
from tests.integration.fake_twilio import FAILURES, FakeTwilio, recorded

RECORDED = recorded("balance")
ACCOUNT = {"provider": "twilio", "account": "default"}


@pytest.fixture
async def billed(replica: RunningLedger, twilio: FakeTwilio) -> AsyncIterator[Billed]:
    async with replica() as one:
        yield Billed(one, twilio.url)


async def published(billed: Billed) -> float | None:
    await billed.gauges.run()
    return billed.gauge("comms_balance_usd", **ACCOUNT)


@pytest.mark.parametrize("case", [RECORDED, *RECORDED["more"]], ids=lambda case: str(case["response"]))
async def test_every_recorded_balance_is_published_in_dollars_or_not_at_all(
    billed: Billed, twilio: FakeTwilio, case: dict[str, Any]
) -> None:
    twilio.balance = case["response"]
    await billed.balance.run()
    stated, currency = case["expected"]["balance"], case["response"]["currency"]
    assert await published(billed) == (float(stated) if currency == "USD" else None)


async def test_a_balance_that_is_unknown_now_is_published_no_more(billed: Billed, twilio: FakeTwilio) -> None:
    await billed.balance.run()
    assert await published(billed) == 0.05
    twilio.balance = {}
    await billed.balance.run()
    assert await published(billed) is None


async def test_a_balance_lasts_as_the_bill_of_the_last_days_says(billed: Billed, twilio: FakeTwilio) -> None:
    days: list[date] = [NOW.date() - timedelta(days=age) for age in range(7)]
    twilio.bill = [bill_page(*(record("totalprice", "0.10", day) for day in days))]
    await billed.bill.run()
    await billed.balance.run()
    await billed.gauges.run()
    assert billed.gauge("comms_balance_runway_seconds", **ACCOUNT) == 43_200


async def test_without_a_bill_there_is_no_runway(billed: Billed) -> None:
    await billed.balance.run()
    assert await published(billed) == 0.05
    assert billed.gauge("comms_balance_runway_seconds", **ACCOUNT) is None


async def test_every_replica_publishes_what_one_has_read(
    replica: RunningLedger, billed: Billed, twilio: FakeTwilio
) -> None:
    await billed.balance.run()
    async with replica() as other:
        assert await published(Billed(other, "http://127.0.0.1:1")) == 0.05


@pytest.mark.parametrize(
    "odd", [{"balance": "much", "currency": "USD"}, {"balance": "1", "currency": "dollars"}]
)
async def test_a_balance_that_cannot_be_read_leaves_the_old_one(
    billed: Billed, twilio: FakeTwilio, odd: dict[str, str]
) -> None:
    await billed.balance.run()
    twilio.balance = odd
    with pytest.raises(ApiError, match="the balance cannot be read"):
        await billed.balance.run()
    assert await published(billed) == 0.05


@pytest.mark.parametrize(
    ("name", "waits_s"), [("429", [3]), ("503_html", [1]), ("200_truncated", [1]), ("200_list", [1])]
)
async def test_trouble_that_passes_is_waited_for(
    billed: Billed, twilio: FakeTwilio, name: str, waits_s: list[float]
) -> None:
    twilio.failures = [FAILURES[name]]
    await billed.balance.run()
    assert billed.waits_s == waits_s
    assert await published(billed) == 0.05


async def test_a_refusal_is_told_at_once(billed: Billed, twilio: FakeTwilio) -> None:
    twilio.good_token = "another"
    with pytest.raises(ApiError, match="status 401"):
        await billed.balance.run()
    assert billed.waits_s == []
    assert len(twilio.asked) == 1
