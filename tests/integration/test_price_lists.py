"""Twilio's price lists: one fetch a day and country, kept with their dates, and the last good one in trouble."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from exporter.billing.price_lists import PriceListFetch
from exporter.billing.sms_cards import SmsCards
from exporter.errors import ConfigError, LedgerUnavailable
from exporter.pricing.cost import NoPrice, Priced
from exporter.pricing.sms import Sms
from exporter.rest_api import ApiError
from exporter.sources.twilio import TwilioConfig
from exporter.vocabulary import Direction
from tests.conftest import NOON, Replica, RunningLedger, step
from tests.integration.fake_pricing import COUNTRIES, FakePricing, price_list
from tests.integration.fake_twilio import ACCOUNT, FAILURES, TOKEN, Failure
from tests.integration.running_app import running_app
from tests.integration.waiting import until

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def twilio() -> AsyncIterator[FakePricing]:
    async with FakePricing().running() as running:
        yield running


@pytest.fixture
async def one(replica: RunningLedger) -> AsyncIterator[Replica]:
    async with replica() as running:
        yield running


class Lists:
    """The lists of one replica, whose clock is ours and who remembers how long it would have waited."""

    def __init__(self, one: Replica, url: str, directory: str | None = None, **prices: Any) -> None:
        self.now = NOON
        self.waits_s: list[float] = []
        self.one = one
        given = {"enabled": True, "api_url": url, "countries": ["ZZ"], **prices}
        self.config = TwilioConfig.model_validate(
            {"account_sid": ACCOUNT, "auth_token": TOKEN, "prices": given}
        )
        self.cards = SmsCards(
            lambda: self.config.prices,
            one.ledger,
            one.metrics,
            directory=lambda: directory,
            now=lambda: self.now,
        )
        self._work = PriceListFetch(
            lambda: self.config, one.ledger, self.cards, now=lambda: self.now, sleep=self._wait
        )

    async def run(self, after: timedelta = timedelta()) -> None:
        self.now += after
        await self._work.run()

    def usd(self, at: datetime | None = None, country: str = "ZZ") -> Decimal | NoPrice:
        cost = self.cards.history.price(Sms(Direction.OUTBOUND, country, 1, at or self.now, "mobile"))
        return cost.cost_usd if isinstance(cost, Priced) else cost.reason

    def gauge(self, name: str, account: str = "default") -> float | None:
        labels = {"provider": "twilio", "account": account}
        return self.one.registry.get_sample_value(f"comms_rate_card_{name}", labels)

    async def _wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)


async def rows(dsn: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(dsn)
    found = await connection.fetch(
        "SELECT account, country, valid_from, fetched_at FROM rate_cards ORDER BY 1, 2, 3"
    )
    await connection.close()
    return [tuple(each) for each in found]


async def test_a_configured_country_is_priced_once_its_list_is_fetched(
    one: Replica, twilio: FakePricing
) -> None:
    lists = Lists(one, twilio.url)
    await lists.cards.load()
    assert lists.usd() is NoPrice.UNKNOWN_COUNTRY
    await lists.run()
    assert lists.usd() == Decimal("0.1100")
    assert twilio.asked == [f"{COUNTRIES}/ZZ"]


async def test_countries_that_messages_name_are_fetched_as_well(one: Replica, twilio: FakePricing) -> None:
    twilio.lists |= {"FR": price_list("FR"), "DE": price_list("DE"), "ES": price_list("ES")}
    old = NOON - 31 * DAY
    await one.ledger.append(
        [
            step("SM1", country="FR"),
            step("SM2", country="ES", at=old),
            step("SM3", country="DE", provider="other"),
        ]
    )
    lists = Lists(one, twilio.url, countries=[])
    await lists.run()
    assert twilio.asked_for == ["FR"]
    await one.ledger.append([step("SM4", country="DE", at=NOON + SECOND)])
    await lists.run(timedelta(minutes=4))
    assert twilio.asked_for == ["FR"]
    await lists.run(timedelta(minutes=1))
    assert twilio.asked_for == ["FR", "DE"]


async def test_each_list_is_fetched_once_a_day(one: Replica, twilio: FakePricing) -> None:
    lists = Lists(one, twilio.url)
    await lists.run()
    await lists.run(DAY - SECOND)
    assert twilio.asked_for == ["ZZ"]
    await lists.run(SECOND)
    assert twilio.asked_for == ["ZZ", "ZZ"]


async def test_a_restart_asks_no_sooner_and_keeps_the_prices(
    replica: RunningLedger, twilio: FakePricing
) -> None:
    async with replica() as before:
        await Lists(before, twilio.url).run()
    async with replica() as after:
        lists = Lists(after, twilio.url)
        await lists.run(DAY - SECOND)
        assert twilio.asked_for == ["ZZ"]
        assert lists.usd() == Decimal("0.1100")


async def test_a_list_that_did_not_change_is_one_row_that_was_seen_again(
    one: Replica, twilio: FakePricing, dsn: str
) -> None:
    lists = Lists(one, twilio.url)
    await lists.run()
    twilio.lists["ZZ"]["outbound_sms_prices"].reverse()
    await lists.run(DAY)
    assert await rows(dsn) == [("default", "ZZ", NOON, NOON + DAY)]


async def test_a_changed_list_holds_from_its_first_second_and_re_prices_nothing(
    one: Replica, twilio: FakePricing, dsn: str
) -> None:
    lists = Lists(one, twilio.url)
    for price in ("0.01", "0.02", "0.01"):
        twilio.lists["ZZ"] = price_list(price=price)
        await lists.run(DAY)
    first, second, third = NOON + DAY, NOON + 2 * DAY, NOON + 3 * DAY
    assert [row[2] for row in await rows(dsn)] == [first, second, third]
    before_and_at = [lists.usd(at) for start in (second, third) for at in (start - SECOND, start)]
    assert before_and_at == [Decimal("0.01"), Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]
    assert lists.usd(first - SECOND) is NoPrice.UNKNOWN_COUNTRY


async def test_a_list_fetched_by_a_slow_clock_changes_nothing(
    one: Replica, twilio: FakePricing, dsn: str
) -> None:
    await Lists(one, twilio.url).run()
    twilio.lists["ZZ"] = price_list(price="9")
    behind = Lists(one, twilio.url, interval_s=1)
    await behind.run(-DAY)
    await one.ledger.keep_rate_card("twilio", "default", "ZZ", NOON - DAY, "{}")
    assert await rows(dsn) == [("default", "ZZ", NOON, NOON)]


async def test_another_account_has_a_history_of_its_own(one: Replica, twilio: FakePricing, dsn: str) -> None:
    twilio.lists["ZZ"] = price_list(price="0.05")
    await Lists(one, twilio.url).run()
    twilio.lists["ZZ"] = price_list(price="0.03")
    discounted = Lists(one, twilio.url, account="wholesale")
    await discounted.run()
    assert discounted.usd() == Decimal("0.03")
    assert [row[:2] for row in await rows(dsn)] == [("default", "ZZ"), ("wholesale", "ZZ")]
    assert discounted.gauge("fallback", "wholesale") == 0


async def test_either_tier_of_a_list_may_count(one: Replica, twilio: FakePricing) -> None:
    twilio.lists["ZZ"] = price_list(price="0.05")
    lists = Lists(one, twilio.url, tier="base")
    await lists.run()
    assert lists.usd() == Decimal("0.1000")


@pytest.mark.parametrize("failure", ["429", "503_html", "200_truncated", "200_list"])
async def test_trouble_that_passes_is_waited_for(one: Replica, twilio: FakePricing, failure: str) -> None:
    twilio.failures = [FAILURES[failure]]
    lists = Lists(one, twilio.url)
    await lists.run()
    assert lists.waits_s == [1, 3 if failure == "429" else 1]
    assert lists.usd() == Decimal("0.1100")


@pytest.mark.parametrize("status", [301, 400, 401, 403, 429, 500])
async def test_in_trouble_that_stays_the_last_good_list_does_and_says_so(
    one: Replica, twilio: FakePricing, status: int
) -> None:
    lists = Lists(one, twilio.url)
    await lists.run()
    assert (lists.gauge("age_seconds"), lists.gauge("fallback")) == (0, 0)
    for days, fallback in ((1, 0), (2, 0), (3, 1)):
        twilio.failures = [Failure(status, "no")] * 5
        with pytest.raises(ApiError, match=f"status {status}"):
            await lists.run(DAY)
        assert lists.gauge("age_seconds") == days * DAY.total_seconds()
        assert lists.gauge("fallback") == fallback
    assert lists.usd() == Decimal("0.1100")
    twilio.failures = []
    await lists.run(DAY)
    assert (lists.gauge("age_seconds"), lists.gauge("fallback")) == (0, 0)


async def test_a_country_in_trouble_rests_for_an_hour_and_holds_up_no_other(
    one: Replica, twilio: FakePricing
) -> None:
    twilio.failing = {"AA"}
    lists = Lists(one, twilio.url, countries=["AA", "ZZ"])
    with pytest.raises(ApiError):
        await lists.run()
    assert set(twilio.asked_for) == {"AA"}
    await lists.run(timedelta(minutes=10))
    assert twilio.asked_for[-1] == "ZZ"
    asked = len(twilio.asked)
    await lists.run(timedelta(minutes=49))
    assert len(twilio.asked) == asked
    twilio.failing = set()
    twilio.lists["AA"] = price_list("AA")
    await lists.run(timedelta(minutes=1))
    assert lists.usd(country="AA") == Decimal("0.0750")


async def test_a_refused_token_is_asked_about_once_a_run(one: Replica, twilio: FakePricing) -> None:
    twilio.good_token = "another"
    lists = Lists(one, twilio.url, countries=["AA", "BB", "ZZ"])
    with pytest.raises(ApiError, match="status 401") as refused:
        await lists.run()
    assert len(twilio.asked) == 1
    assert TOKEN not in str(refused.value)


async def test_a_country_without_a_list_is_asked_for_again_a_day_later(
    one: Replica, twilio: FakePricing, caplog: pytest.LogCaptureFixture
) -> None:
    lists = Lists(one, twilio.url, countries=["AQ"])
    await lists.run()
    await lists.run(DAY - SECOND)
    assert twilio.asked_for == ["AQ"]
    assert "no price list of AQ" in caplog.text
    await lists.run(SECOND)
    assert twilio.asked_for == ["AQ", "AQ"]
    assert lists.gauge("fallback") == 1


NETWORK = price_list()["outbound_sms_prices"][0]


@pytest.mark.parametrize(
    "unbelievable",
    [
        price_list("GB"),
        price_list(price_unit="dollars"),
        price_list(price_unit=""),
        price_list(outbound_sms_prices=[], inbound_sms_prices=[]),
        price_list(outbound_sms_prices=[{**NETWORK, "prices": []}], inbound_sms_prices=[]),
        price_list(price="-0.01"),
        price_list(price="NaN"),
        price_list(price="Infinity"),
        price_list(price="free"),
        price_list(price=""),
        {"iso_country": "ZZ"},
        {},
    ],
)
async def test_a_list_that_is_not_to_be_believed_keeps_the_last_good_one(
    one: Replica, twilio: FakePricing, dsn: str, unbelievable: dict[str, Any]
) -> None:
    lists = Lists(one, twilio.url, countries=["ZZ", "GB"])
    await lists.run()
    twilio.lists["ZZ"] = unbelievable
    with pytest.raises(ApiError, match="no price list of ZZ"):
        await lists.run(DAY)
    assert lists.usd() == Decimal("0.1100")
    assert [row[1:] for row in await rows(dsn)] == [("GB", NOON, NOON + DAY), ("ZZ", NOON, NOON)]


async def test_a_list_in_another_currency_is_kept_and_prices_nothing(
    one: Replica, twilio: FakePricing
) -> None:
    twilio.lists["ZZ"] = price_list(price_unit="EUR")
    lists = Lists(one, twilio.url)
    await lists.run()
    assert lists.usd() is NoPrice.UNKNOWN_CURRENCY


async def test_a_price_given_as_a_number_is_exact(one: Replica, twilio: FakePricing) -> None:
    twilio.lists["ZZ"] = price_list(price=0.1)  # type: ignore[arg-type]
    lists = Lists(one, twilio.url)
    await lists.run()
    assert lists.usd() == Decimal("0.1")


async def test_lists_are_asked_for_a_second_apart(one: Replica, twilio: FakePricing) -> None:
    lists = Lists(one, twilio.url, countries=["ZZ", "GB"])
    await lists.run()
    assert twilio.asked_for == ["GB", "ZZ"]
    assert lists.waits_s == [1, 1]


async def test_every_page_of_countries_is_read_where_all_are_wanted(
    one: Replica, twilio: FakePricing
) -> None:
    lists = Lists(one, twilio.url, countries=[], all_countries=True)
    await lists.run()
    assert twilio.asked[:2] == [
        f"{COUNTRIES}?PageSize=1000",
        f"{COUNTRIES}?PageSize=1&Page=1&PageToken=DNAQ",
    ]
    assert twilio.asked_for == ["GB", "ZZ"]
    await lists.run(DAY - SECOND)
    assert len(twilio.asked) == 4


async def test_our_credentials_follow_no_page_to_another_host(one: Replica, twilio: FakePricing) -> None:
    twilio.next_host = twilio.url + ".example.com"
    with pytest.raises(ApiError, match="host that we gave our credentials"):
        await Lists(one, twilio.url, all_countries=True).run()
    assert len(twilio.asked) == 1


async def test_a_name_that_is_no_country_is_never_asked_for(one: Replica, twilio: FakePricing) -> None:
    await one.ledger.append([step("SM1", country="../x"), step("SM2", country="gb")])
    lists = Lists(one, twilio.url, countries=[])
    await lists.run()
    assert twilio.asked == []


async def test_a_follower_prices_with_what_the_leader_fetched(one: Replica, twilio: FakePricing) -> None:
    follower = Lists(one, twilio.url)
    await follower.cards.load()
    await Lists(one, twilio.url).run()
    await follower.cards.load()
    assert follower.usd() == Decimal("0.1100")


async def test_no_price_is_made_up_before_the_ledger_was_read(one: Replica, twilio: FakePricing) -> None:
    lists = Lists(one, twilio.url)
    with pytest.raises(LedgerUnavailable):
        lists.usd()


async def test_the_operators_own_lists_and_fees_stand_in(
    one: Replica, twilio: FakePricing, tmp_path: Path
) -> None:
    (tmp_path / "zz.json").write_text(json.dumps(price_list(price="0.9")))
    fees = tmp_path / "fees.csv"
    fees.write_text(
        "from,country,direction,number_type,mcc,mnc,fee_usd\n2026-01-01,ZZ,outbound,*,*,*,0.003\n"
    )
    lists = Lists(one, twilio.url, directory=str(tmp_path), carrier_fees=str(fees))
    await lists.cards.load()
    assert lists.usd() == Decimal("0.903")
    assert lists.gauge("fallback") == 1
    await lists.run()
    assert lists.usd() == Decimal("0.1130")
    assert lists.gauge("fallback") == 0


async def test_a_file_that_broke_meanwhile_leaves_the_history_alone(
    one: Replica, twilio: FakePricing, tmp_path: Path
) -> None:
    lists = Lists(one, twilio.url)
    await lists.run()
    prices = lists.config.prices.model_copy(update={"carrier_fees": str(tmp_path / "absent.csv")})
    lists.config = lists.config.model_copy(update={"prices": prices})
    with pytest.raises(ConfigError, match="absent"):
        await lists.cards.load()
    assert lists.usd() == Decimal("0.1100")


async def test_the_log_names_countries_and_no_secret(
    one: Replica, twilio: FakePricing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await Lists(one, twilio.url).run()
    assert "a new price list of ZZ" in caplog.text
    assert TOKEN not in caplog.text


async def test_a_running_exporter_fetches_by_itself_and_publishes_how_old_its_lists_are(
    dsn: str, tmp_path: Path, twilio: FakePricing
) -> None:
    prices = {"enabled": True, "api_url": twilio.url, "countries": ["ZZ"]}
    sources = {"twilio": {"account_sid": ACCOUNT, "auth_token": TOKEN, "prices": prices}}
    async with running_app(dsn, tmp_path, sources=sources) as app:

        async def fetched() -> bool:
            labels = {"provider": "twilio", "account": "default"}
            return await app.sample("comms_rate_card_fallback", **labels) == 0.0

        await until(fetched)
        assert twilio.asked_for == ["ZZ"]


async def test_nothing_is_fetched_unasked(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path) as app:
        page = await app.page()
        assert "fetch_price_lists" not in page
        assert "comms_rate_card_fallback{" not in page


async def test_an_exporter_does_not_start_with_a_fee_table_that_cannot_be_read(
    dsn: str, tmp_path: Path
) -> None:
    sources = {"twilio": {"prices": {"carrier_fees": str(tmp_path / "absent.csv")}}}
    with pytest.raises(ConfigError, match="absent"):
        async with running_app(dsn, tmp_path, sources=sources):
            pass
