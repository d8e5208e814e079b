"""What a bill says is counted: each dollar once, for the tenant that pays, and an odd line stops none beside it."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from exporter.billing.bill_source import Category
from exporter.billing.read_bill import ReadBill
from exporter.billing.twilio_categories import CATEGORIES
from exporter.ledger.bills import BilledAccount, BillLine
from exporter.vocabulary import Channel
from tests.conftest import Replica
from tests.integration.billed import DAY, NOW, SMS, Billed, bill_page, record, recorded_bill, rows
from tests.integration.fake_twilio import ACCOUNT, BILL_PATH, FakeTwilio, recorded

EXPECTED = recorded("usage_multi_category_expected")


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
