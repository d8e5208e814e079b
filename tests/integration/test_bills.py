"""The bill in the ledger: counted once, whoever reads it and however often it is corrected."""

from __future__ import annotations

import asyncio
import logging
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import pytest

from exporter.billing.bill_source import Category
from exporter.billing.read_bill import ReadBill
from exporter.billing.twilio_categories import CATEGORIES
from exporter.cost_days import CostDay
from exporter.ledger.bills import BilledAccount, BillLine
from exporter.rest_api import ApiError
from exporter.vocabulary import Channel
from tests.conftest import NOON, Replica, RunningLedger, step
from tests.integration.billed import NOW, Billed, Clock, bill_page, record, recorded_bill
from tests.integration.fake_twilio import ACCOUNT, BILL_PATH, FAILURES, FakeTwilio, recorded

EXPECTED = recorded("usage_multi_category_expected")
DAY = date(2026, 11, 18)
SMS = ("default", "sms", "twilio", "message")


async def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    found = [tuple(row) for row in await connection.fetch(query)]
    await connection.close()
    return found


async def test_the_recorded_bill_counts_each_dollar_once(billed: Billed, twilio: FakeTwilio) -> None:
    twilio.bill = [bill_page(*recorded_bill(DAY))]
    await billed.bill.run()
    assert await billed.costs("billed") == {
        SMS: Decimal("6.1185"),
        ("default", "sms", "twilio", "carrier_fee"): Decimal("1.2090"),
        ("default", "mms", "twilio", "message"): Decimal("0.0600"),
        ("default", "whatsapp", "twilio", "platform_fee"): Decimal("0.1000"),
        ("default", "whatsapp", "twilio", "message"): Decimal("0.2500"),
        ("default", "other", "twilio", "failure_fee"): Decimal("0.0070"),
    }
    stated = EXPECTED["per_category"]
    assert await billed.total("billed") == sum(Decimal(stated[n]["price"]) for n in CATEGORIES if n in stated)
    assert await billed.total("billed") < Decimal(EXPECTED["total_price"])


async def test_every_category_is_kept_as_stated_with_its_units(
    billed: Billed, twilio: FakeTwilio, dsn: str
) -> None:
    twilio.bill = [bill_page(*recorded_bill(DAY))]
    await billed.bill.run()
    found = await rows(dsn, "SELECT category, amount::text, units::text, currency, is_total FROM bills")
    assert found == [
        (name, stated["price"], stated["usage"], "USD", name == "totalprice")
        for name, stated in EXPECTED["per_category"].items()
        if stated["price"] != "0"
    ]


async def test_pages_are_followed_and_the_question_names_the_window(
    billed: Billed, twilio: FakeTwilio
) -> None:
    first, second = recorded_bill(DAY)[:5], recorded_bill(DAY)[5:]
    twilio.bill = [bill_page(*first, then=f"{BILL_PATH}?Page=1"), bill_page(*second)]
    await billed.bill.run()
    assert await billed.total("billed") == Decimal("7.7445")
    assert dict(parse_qsl(urlsplit(twilio.asked[0]).query)) == {
        "StartDate": "2026-11-14",
        "EndDate": "2026-11-21",
        "IncludeSubaccounts": "true",
        "PageSize": "1000",
    }


async def test_subaccounts_may_be_left_out(one: Replica, twilio: FakeTwilio) -> None:
    await Billed(one, twilio.url, include_subaccounts=False).bill.run()
    assert "IncludeSubaccounts=false" in twilio.asked[0]


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


async def test_a_bill_in_another_currency_is_kept_and_not_guessed(
    billed: Billed, twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.bill = [bill_page(record("sms-outbound", "10", DAY, price_unit="eur"))]
    await billed.bill.run()
    assert await billed.costs("billed") == {}
    (line,) = await billed.one.ledger.bills.newest(billed.source().of, DAY)
    assert (line.amount, line.currency) == (10, "EUR")
    assert "in another currency" in caplog.text


async def test_the_tenant_of_the_account_pays(one: Replica, twilio: FakeTwilio) -> None:
    twilio.bill = [bill_page(record("sms-outbound", "10", DAY))]
    billed = Billed(one, twilio.url, tenants={ACCOUNT: "acme"})
    await billed.bill.run()
    assert await billed.costs("billed") == {("acme", *SMS[1:]): Decimal(10)}


@pytest.mark.parametrize(
    "odd",
    [
        5,
        None,
        [],
        {},
        record("sms-outbound", "ten", DAY),
        record("sms-outbound", "10", DAY, price_unit="dollars"),
        record("sms-outbound", "10", DAY, end_date="2026-11-20"),
        record("sms-outbound", "10", DAY, start_date="yesterday"),
        record("", "10", DAY),
        record("sms\0outbound", "10", DAY),
        record("sms-outbound", "1e-999999", DAY),
        record("sms-outbound", "10", DAY, usage="0e-999999"),
        record("sms-outbound", "10", DAY, usage="many"),
        record("sms-outbound", None, DAY),
        record("sms-outbound", "", DAY),
    ],
)
async def test_a_record_that_cannot_be_read_stops_none_beside_it(
    billed: Billed, twilio: FakeTwilio, odd: object
) -> None:
    twilio.bill = [bill_page(odd, record("sms-inbound", "3", DAY))]
    await billed.bill.run()
    assert await billed.costs("billed") == {SMS: Decimal(3)}


@pytest.mark.parametrize("name", ["usage_daily", "usage_empty", "usage_monthly", "usage_today"])
async def test_a_bill_without_money_counts_nothing_and_was_read(
    billed: Billed, twilio: FakeTwilio, name: str
) -> None:
    twilio.bill = [recorded(name)]
    await billed.bill.run()
    await billed.gauges.run()
    assert await billed.costs("billed") == {}
    account = {"provider": "twilio", "account": "default"}
    assert billed.gauge("comms_bill_last_success_timestamp_seconds", **account) == NOW.timestamp()


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


async def test_neither_account_nor_token_reaches_the_log(
    billed: Billed, twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "exporter")
    twilio.bill = [bill_page(*recorded_bill(DAY), 5)]
    await billed.bill.run()
    assert "the bill has 14 lines, 13 of them are new" in caplog.text
    assert ACCOUNT not in "".join(record.getMessage() for record in caplog.records)


class MetaAnalytics:
    """Another provider's bill, by the same interface."""

    of = BilledAccount("meta", "102290129340398")
    alias = "waba"
    tenant = "acme"
    window_days = 7
    lag_days = 1
    categories = {"MARKETING": Category("marketing", Channel.WHATSAPP, "message")}  # noqa: RUF012

    async def charges(self, day_from: date, day_to: date) -> list[BillLine]:
        assert (day_from, day_to) == (NOW.date() - timedelta(days=7), NOW.date())
        return [
            BillLine(DAY, "MARKETING", Decimal("12.50"), "USD", Decimal(500)),
            BillLine(DAY, "SERVICE", Decimal("1"), "USD"),
        ]


async def test_another_providers_bill_needs_no_more_than_its_interface(billed: Billed) -> None:
    await ReadBill(MetaAnalytics, billed.one.ledger, now=lambda: NOW).run()
    assert await billed.costs("billed") == {("acme", "whatsapp", "meta", "message"): Decimal("12.50")}


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
