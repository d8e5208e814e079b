"""Prices that come late: exact totals in the end, counters that never fall, and bounds for what still waits."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from exporter.config.pricing import PricingConfig
from exporter.pricing.price_lists import read_lists
from exporter.pricing.pricer import Pricer
from exporter.pricing.sms import SmsPrices
from exporter.rest_api import ApiError
from tests.conftest import Replica, RunningLedger, step
from tests.integration.billed import HIGH_USD, LOW_USD, NOW, SMS, Billed, Clock, bill_page, recorded_bill
from tests.integration.fake_twilio import (
    ACCOUNT,
    FAILURES,
    PATH,
    TOKEN,
    FakeTwilio,
    page_of,
    recorded,
    recorded_pages,
)
from tests.integration.running_app import running_app
from tests.integration.waiting import until

EXPECTED = recorded("messages_expected")["expected"]["price_sum_by_direction_and_currency"]
ROWS = [row for page in recorded_pages() for row in page["messages"]]
NEVER_CHARGED = {"queued", "accepted", "canceled", "receiving"}


def row(sid: str, price: str | None, status: str = "delivered", **more: Any) -> dict[str, Any]:
    sent = "Sat, 21 Nov 2026 11:00:00 +0000"
    dates = {"date_created": sent, "date_sent": sent, "date_updated": sent}
    addresses = {"from": "+12025550101", "to": "+12025550102", "direction": "outbound-api"}
    money = {"price": price, "price_unit": "USD"}
    return {"sid": sid, "status": status, "account_sid": ACCOUNT, **dates, **addresses, **money, **more}


async def waiting(billed: Billed, tenant: str = "default", channel: str = "sms") -> tuple[float | None, ...]:
    await billed.gauges.run()
    labels = {"tenant": tenant, "channel": channel}
    return tuple(billed.gauge("comms_cost_unsettled_usd", **labels, bound=bound) for bound in ("low", "high"))


async def test_the_recorded_messages_count_every_dollar_that_they_state(billed: Billed) -> None:
    await billed.prices.run()
    dollars = sum(-Decimal(usd) for key, usd in EXPECTED.items() if key.endswith("|USD"))
    assert await billed.total("provider") == dollars == Decimal("0.18240")
    assert await billed.costs("provider") == {
        SMS: Decimal("0.15640"),
        ("default", "mms", "twilio", "message"): Decimal("0.02000"),
        ("default", "whatsapp", "twilio", "message"): Decimal("0.00500"),
        ("default", "sms", "twilio", "failure_fee"): Decimal("0.00100"),
    }


async def test_what_has_no_price_or_one_in_another_currency_waits_between_its_bounds(billed: Billed) -> None:
    await billed.prices.run()
    gaps = [each for each in ROWS if each["price"] is None or each["price_unit"] not in ("USD", "usd")]
    number = sum(each["status"] not in NEVER_CHARGED for each in gaps)
    assert number == 2
    assert await waiting(billed) == (float(number * LOW_USD), float(number * HIGH_USD))


async def test_looking_again_and_from_two_replicas_counts_once(
    replica: RunningLedger, twilio: FakeTwilio
) -> None:
    async with replica() as first, replica() as second:
        both = Billed(first, twilio.url), Billed(second, twilio.url)
        for _ in range(2):
            await asyncio.gather(*(each.prices.run() for each in both))
        assert await both[0].total("provider") == await both[1].total("provider") == Decimal("0.18240")
    async with replica() as restarted:
        again = Billed(restarted, twilio.url)
        await again.prices.run()
        assert await again.total("provider") == Decimal("0.18240")


LAGS = {"SM1": 1, "SM2": 3_600, "SM3": 86_400, "SM4": None}
"""After how many seconds each message gets its price."""


def known_after(age_s: float) -> list[dict[str, Any]]:
    return [
        row(sid, "-0.00790" if lag_s is not None and lag_s <= age_s else None) for sid, lag_s in LAGS.items()
    ]


@pytest.mark.parametrize("restarts", [False, True])
async def test_prices_after_a_second_an_hour_a_day_and_never_end_in_exact_totals(
    replica: RunningLedger, twilio: FakeTwilio, restarts: bool
) -> None:
    clock, totals, gaps = Clock(), [], []
    leader = replica()
    one = await leader.__aenter__()
    for age_s in (0, 1, 60, 3_600, 7_200, 86_400, 4 * 86_400):
        clock.at = NOW + timedelta(seconds=age_s)
        twilio.pages = [page_of(*known_after(age_s))]
        billed = Billed(one, twilio.url, clock)
        await billed.prices.run()
        totals.append(await billed.total("provider"))
        gaps.append((await waiting(billed))[0])
        if restarts:
            await leader.__aexit__(None, None, None)
            leader = replica()
            one = await leader.__aenter__()
    await leader.__aexit__(None, None, None)
    assert totals == [n * Decimal("0.00790") for n in (0, 1, 1, 2, 2, 3, 3)]
    assert gaps == [float(n * LOW_USD) for n in (4, 3, 3, 2, 2, 1, 1)]


async def test_a_message_that_left_the_window_waits_no_more(billed: Billed, twilio: FakeTwilio) -> None:
    twilio.pages = [page_of(row("SM4", None))]
    await billed.prices.run()
    assert await waiting(billed) == (float(LOW_USD), float(HIGH_USD))
    twilio.pages = [recorded("messages_empty")]
    await billed.prices.run()
    assert await waiting(billed) == (None, None)


async def test_the_question_names_the_window(one: Replica, twilio: FakeTwilio) -> None:
    await Billed(one, twilio.url, window_days=3).prices.run()
    assert "DateSent%3E=2026-11-18T12%3A00%3A00Z" in twilio.asked[0]


async def test_a_price_belongs_to_the_tenant_that_the_ledger_knows(one: Replica, twilio: FakeTwilio) -> None:
    await one.ledger.append([step("SM1", "sent", tenant="acme")])
    twilio.pages = [page_of(row("SM1", "-0.0079"), row("SM2", "-0.01"), row("SM3", None))]
    billed = Billed(one, twilio.url, tenants={ACCOUNT: "globex"})
    await billed.prices.run()
    assert await billed.costs("provider") == {
        ("acme", *SMS[1:]): Decimal("0.0079"),
        ("globex", *SMS[1:]): Decimal("0.01"),
    }
    assert await waiting(billed, "globex") == (float(LOW_USD), float(HIGH_USD))


async def test_a_free_message_is_settled_with_zero(billed: Billed, twilio: FakeTwilio) -> None:
    twilio.pages = [page_of(row("SM1", "-0.00000"), row("SM2", "0"))]
    await billed.prices.run()
    assert await waiting(billed) == (None, None)
    assert await billed.total("provider") == 0
    (sums,) = billed.one.totals.cost_days().values()
    assert sums == (0, 2)


async def test_a_price_counts_on_the_day_its_message_was_sent(billed: Billed, twilio: FakeTwilio) -> None:
    late = {"date_sent": "Thu, 19 Nov 2026 23:59:59 +0000", "date_updated": "Sat, 21 Nov 2026 09:00:00 +0000"}
    twilio.pages = [page_of(row("SM1", "-0.0079", **late))]
    await billed.prices.run()
    await billed.one.ledger.catch_up()
    (day,) = billed.one.totals.cost_days()
    assert (str(day.day), day.basis) == ("2026-11-19", "provider")


@pytest.mark.parametrize(
    "odd",
    [
        5,
        {},
        row("SM9", "a lot"),
        row("SM9", "0.0079"),
        row("SM9", "-0.0079", price_unit="dollars"),
        row("", "-1"),
        row("S" * 600, "-1"),
        {**row("SM9", "-1"), "price": -1},
    ],
)
async def test_a_row_that_cannot_be_read_is_parked_and_stops_none_beside_it(
    billed: Billed, twilio: FakeTwilio, dsn: str, odd: object
) -> None:
    twilio.pages = [page_of(odd, row("SM1", "-0.0079"))]
    await billed.prices.run()
    await billed.prices.run()
    assert await billed.costs("provider") == {SMS: Decimal("0.0079")}
    connection = await asyncpg.connect(dsn)
    assert await connection.fetch("SELECT source FROM parked_events") == [("twilio_bills",)]
    await connection.close()


async def test_what_is_stored_of_a_price_holds_nothing_of_a_person(
    billed: Billed, twilio: FakeTwilio, dsn: str
) -> None:
    twilio.pages = [page_of(row("SM1", "-0.0079", body="canary-text", to="+12025550199"))]
    await billed.prices.run()
    connection = await asyncpg.connect(dsn)
    (stored,) = await connection.fetch("SELECT raw || data AS bytes FROM events")
    await connection.close()
    assert b"-0.0079" in stored["bytes"]
    for canary in (b"canary-text", b"+12025550199"):
        assert canary not in stored["bytes"]


async def test_a_list_cut_short_counts_what_was_read_and_leaves_the_gaps_as_they_were(
    billed: Billed, twilio: FakeTwilio
) -> None:
    twilio.pages = [page_of(row("SM1", None))]
    await billed.prices.run()
    twilio.pages = [page_of(row("SM1", "-0.0079"), then=f"{PATH}?Page=1"), {"messages": "none"}]
    with pytest.raises(ApiError, match="cannot be read"):
        await billed.prices.run()
    assert await billed.costs("provider") == {SMS: Decimal("0.0079")}
    assert await waiting(billed) == (float(LOW_USD), float(HIGH_USD))


@pytest.mark.parametrize(
    ("names", "waits_s"),
    [(["429"], [3]), (["429", "503_html", "200_truncated", "200_list"], [3, 2, 4, 8])],
)
async def test_trouble_that_passes_is_waited_for(
    billed: Billed, twilio: FakeTwilio, names: list[str], waits_s: list[float]
) -> None:
    twilio.failures = [FAILURES[name] for name in names]
    await billed.prices.run()
    assert billed.waits_s == waits_s
    assert await billed.total("provider") == Decimal("0.18240")


def settings_of(twilio: FakeTwilio) -> dict[str, Any]:
    bills = {"enabled": True, "api_url": twilio.url, "account_alias": "main"}
    return {"twilio": {"account_sid": ACCOUNT, "auth_token": TOKEN, "bills": bills}}


async def test_the_exporters_own_prices_are_the_bounds_of_what_waits(
    dsn: str, tmp_path: Path, twilio: FakeTwilio
) -> None:
    rows = [row("SM1", None), row("SM2", None, "queued"), row("SM3", "-0.01"), row("SM4", None, "failed")]
    twilio.pages = [page_of(*rows)]
    prices = {"message_usd": {"sms/twilio": "0.0079"}}
    async with running_app(dsn, tmp_path, sources=settings_of(twilio), pricing=prices) as app:

        async def stored() -> bool:
            return bool(await app.rows("SELECT 1 FROM unsettled_costs"))

        await until(stored)
        waiting = await app.rows("SELECT tenant, channel, low_usd, high_usd FROM unsettled_costs")
        sent_and_failed_usd = Decimal("0.0079") + Decimal("0.001")
        assert waiting == [("default", "sms", sent_and_failed_usd, sent_and_failed_usd)]


async def test_a_gap_without_an_estimate_is_told(
    one: Replica, twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.pages = [page_of(row("SM1", None), row("SM2", None, "queued"))]
    lists = read_lists(PricingConfig())._replace(sms=SmsPrices([], "none"))
    billed = Billed(one, twilio.url, price=Pricer(lists).priced)
    await billed.prices.run()
    assert await waiting(billed) == (None, None)
    assert "1 messages have neither a price in USD nor an estimate" in caplog.text


JOBS = ("read_twilio_bill", "read_twilio_prices", "read_twilio_balance", "compare_with_bills")


async def test_a_running_exporter_reads_bill_prices_and_balance_by_itself(
    dsn: str, tmp_path: Path, twilio: FakeTwilio
) -> None:
    twilio.bill = [bill_page(*recorded_bill(datetime.now(UTC).date()))]
    async with running_app(dsn, tmp_path, sources=settings_of(twilio)) as app:

        async def done() -> bool:
            runs = [await app.sample("comms_jobs_total", work=work, status="success") for work in JOBS]
            return all(runs)

        await until(done)
        route = {"tenant": "default", "channel": "sms", "provider": "twilio", "component": "message"}
        assert await app.sample("comms_cost_usd_total", **route, basis="billed") == 6.1185
        assert await app.sample("comms_cost_usd_total", **route, basis="provider") == 0.1564
        account = {"provider": "twilio", "account": "main"}
        assert await app.sample("comms_bill_last_success_timestamp_seconds", **account) is not None


async def test_a_refused_account_is_an_error_of_each_job_and_of_nothing_else(
    dsn: str, tmp_path: Path, twilio: FakeTwilio
) -> None:
    twilio.good_token = "another"
    async with running_app(dsn, tmp_path, sources=settings_of(twilio)) as app:

        async def failed() -> bool:
            runs = [await app.sample("comms_jobs_total", work=work, status="error") for work in JOBS[:3]]
            return all(runs)

        await until(failed)
        assert await app.ready()
        assert Counter(twilio.tokens) == {TOKEN: 3}


async def test_no_bill_is_read_unasked(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path) as app:
        assert "read_twilio_bill" not in await app.page()
