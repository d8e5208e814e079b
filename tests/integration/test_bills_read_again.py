"""A bill counts once, however often it is read or corrected, and whoever reads it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from exporter.rest_api import ApiError
from tests.conftest import RunningLedger
from tests.integration.billed import DAY, NOW, SMS, Billed, bill_page, record, recorded_bill, rows
from tests.integration.fake_twilio import BILL_PATH, FAILURES, FakeTwilio


async def test_reading_again_counts_nothing_more(billed: Billed, twilio: FakeTwilio, dsn: str) -> None:
    twilio.bill = [bill_page(*recorded_bill(DAY))]
    for _ in range(3):
        await billed.bill.run()
    assert await billed.total("billed") == Decimal("7.7445")
    assert await rows(dsn, "SELECT count(*) FROM bills") == [(13,)]


async def test_two_replicas_at_once_and_the_next_leader_count_it_once(
    replica: RunningLedger, twilio: FakeTwilio
) -> None:
    twilio.bill = [bill_page(*recorded_bill(DAY))]
    async with replica() as first, replica() as second:
        both = Billed(first, twilio.url), Billed(second, twilio.url)
        await asyncio.gather(*(each.bill.run() for each in both))
        twilio.bill = [bill_page(record("sms-outbound", "6.0000", DAY))]
        await asyncio.gather(*(each.bill.run() for each in both))
        assert await both[0].total("billed") == await both[1].total("billed") == Decimal("8.4660")
    async with replica() as restarted:
        again = Billed(restarted, twilio.url)
        await again.bill.run()
        assert await again.total("billed") == Decimal("8.4660")


async def test_two_leaders_with_different_answers_end_at_the_larger_amount(
    replica: RunningLedger, twilio: FakeTwilio
) -> None:
    async with replica() as first, replica() as second, FakeTwilio().running() as later:
        twilio.bill = [bill_page(record("sms-outbound", "10", DAY))]
        later.bill = [bill_page(record("sms-outbound", "12", DAY))]
        both = Billed(first, twilio.url), Billed(second, later.url)
        for _ in range(3):
            await asyncio.gather(*(each.bill.run() for each in both))
        assert await both[0].total("billed") == await both[1].total("billed") == 12


async def test_a_crash_between_the_bill_and_its_events_loses_nothing(
    billed: Billed, twilio: FakeTwilio
) -> None:
    source = billed.source()
    twilio.bill = [bill_page(record("sms-outbound", "10", DAY))]
    await billed.one.ledger.bills.record(source.of, NOW, await source.charges(DAY, DAY))
    twilio.bill = [bill_page(record("sms-outbound", "11", DAY))]
    await billed.bill.run()
    assert await billed.costs("billed") == {SMS: Decimal(11)}


async def test_a_correction_never_lowers_the_counter_and_its_history_is_kept(
    billed: Billed, twilio: FakeTwilio, dsn: str
) -> None:
    totals: list[Decimal] = []
    for price in ("10", "8", "8.00", "9.5", "10", "10.0001"):
        twilio.bill = [bill_page(record("sms-outbound", price, DAY))]
        await billed.bill.run()
        totals.append(await billed.total("billed"))
    assert totals == [10, 10, 10, 10, 10, Decimal("10.0001")]
    kept = await rows(dsn, "SELECT amount::text FROM bills ORDER BY id")
    assert kept == [("10",), ("8",), ("9.5",), ("10",), ("10.0001",)]


async def test_an_answer_older_than_what_stands_is_left_out(billed: Billed, twilio: FakeTwilio) -> None:
    source = billed.source()
    for price, fetched_at in (("10", NOW), ("9", NOW - timedelta(hours=1))):
        twilio.bill = [bill_page(record("sms-outbound", price, DAY))]
        await billed.one.ledger.bills.record(source.of, fetched_at, await source.charges(DAY, DAY))
    (line,) = await billed.one.ledger.bills.newest(source.of, DAY)
    assert line.amount == 10


@pytest.mark.parametrize(
    ("name", "waits_s"), [("429", [3]), ("503_html", [1]), ("200_truncated", [1]), ("200_list", [1])]
)
async def test_trouble_that_passes_is_waited_for(
    billed: Billed, twilio: FakeTwilio, name: str, waits_s: list[float]
) -> None:
    twilio.failures = [FAILURES[name]]
    twilio.bill = [bill_page(record("sms-outbound", "10", DAY))]
    await billed.bill.run()
    assert billed.waits_s == waits_s
    assert await billed.costs("billed") == {SMS: Decimal(10)}


async def test_half_a_bill_counts_nothing_and_was_not_read(
    billed: Billed, twilio: FakeTwilio, dsn: str
) -> None:
    twilio.bill = [bill_page(record("sms-outbound", "10", DAY), then=f"{BILL_PATH}?Page=1"), {}]
    with pytest.raises(ApiError, match="cannot be read"):
        await billed.bill.run()
    await billed.gauges.run()
    assert await rows(dsn, "SELECT count(*) FROM bills") == [(0,)]
    account = {"provider": "twilio", "account": "default"}
    assert billed.gauge("comms_bill_last_success_timestamp_seconds", **account) == 0
