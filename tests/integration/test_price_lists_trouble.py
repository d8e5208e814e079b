"""Twilio's price lists in trouble: the last good one stays, and nobody is asked too often."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporter.errors import ConfigError
from exporter.pricing.cost import NoPrice
from exporter.rest_api import ApiError
from tests.conftest import NOON, Replica
from tests.integration.fake_pricing import FakePricing, price_list
from tests.integration.fake_twilio import FAILURES, TOKEN, Failure
from tests.integration.listed import DAY, SECOND, Lists, rows


@pytest.mark.parametrize("failure", ["429", "503_html", "200_truncated", "200_list"])
async def test_trouble_that_passes_is_waited_for(one: Replica, pricing: FakePricing, failure: str) -> None:
    pricing.failures = [FAILURES[failure]]
    lists = Lists(one, pricing.url)
    await lists.run()
    assert lists.waits_s == [1, 3 if failure == "429" else 1]
    assert lists.usd() == Decimal("0.1100")


@pytest.mark.parametrize("status", [301, 400, 401, 403, 429, 500])
async def test_in_trouble_that_stays_the_last_good_list_does_and_says_so(
    one: Replica, pricing: FakePricing, status: int
) -> None:
    lists = Lists(one, pricing.url)
    await lists.run()
    assert (lists.gauge("age_seconds"), lists.gauge("fallback")) == (0, 0)
    for days, fallback in ((1, 0), (2, 0), (3, 1)):
        pricing.failures = [Failure(status, "no")] * 5
        with pytest.raises(ApiError, match=f"status {status}"):
            await lists.run(DAY)
        assert lists.gauge("age_seconds") == days * DAY.total_seconds()
        assert lists.gauge("fallback") == fallback
    assert lists.usd() == Decimal("0.1100")
    pricing.failures = []
    await lists.run(DAY)
    assert (lists.gauge("age_seconds"), lists.gauge("fallback")) == (0, 0)


async def test_a_country_in_trouble_rests_for_an_hour_and_holds_up_no_other(
    one: Replica, pricing: FakePricing
) -> None:
    pricing.failing = {"AA"}
    lists = Lists(one, pricing.url, countries=["AA", "ZZ"])
    with pytest.raises(ApiError):
        await lists.run()
    assert set(pricing.asked_for) == {"AA"}
    await lists.run(timedelta(minutes=10))
    assert pricing.asked_for[-1] == "ZZ"
    asked = len(pricing.asked)
    await lists.run(timedelta(minutes=49))
    assert len(pricing.asked) == asked
    pricing.failing = set()
    pricing.lists["AA"] = price_list("AA")
    await lists.run(timedelta(minutes=1))
    assert lists.usd(country="AA") == Decimal("0.0750")


async def test_a_refused_token_is_asked_about_once_a_run(one: Replica, pricing: FakePricing) -> None:
    pricing.good_token = "another"
    lists = Lists(one, pricing.url, countries=["AA", "BB", "ZZ"])
    with pytest.raises(ApiError, match="status 401") as refused:
        await lists.run()
    assert len(pricing.asked) == 1
    assert TOKEN not in str(refused.value)


async def test_a_country_without_a_list_is_asked_for_again_a_day_later(
    one: Replica, pricing: FakePricing, caplog: pytest.LogCaptureFixture
) -> None:
    lists = Lists(one, pricing.url, countries=["AQ"])
    await lists.run()
    await lists.run(DAY - SECOND)
    assert pricing.asked_for == ["AQ"]
    assert "no price list of AQ" in caplog.text
    await lists.run(SECOND)
    assert pricing.asked_for == ["AQ", "AQ"]
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
    one: Replica, pricing: FakePricing, dsn: str, unbelievable: dict[str, Any]
) -> None:
    lists = Lists(one, pricing.url, countries=["ZZ", "GB"])
    await lists.run()
    pricing.lists["ZZ"] = unbelievable
    with pytest.raises(ApiError, match="no price list of ZZ"):
        await lists.run(DAY)
    assert lists.usd() == Decimal("0.1100")
    assert [row[1:] for row in await rows(dsn)] == [("GB", NOON, NOON + DAY), ("ZZ", NOON, NOON)]


async def test_a_list_in_another_currency_is_kept_and_prices_nothing(
    one: Replica, pricing: FakePricing
) -> None:
    pricing.lists["ZZ"] = price_list(price_unit="EUR")
    lists = Lists(one, pricing.url)
    await lists.run()
    assert lists.usd() is NoPrice.UNKNOWN_CURRENCY


async def test_our_credentials_follow_no_page_to_another_host(one: Replica, pricing: FakePricing) -> None:
    pricing.next_host = pricing.url + ".example.com"
    with pytest.raises(ApiError, match="host that we gave our credentials"):
        await Lists(one, pricing.url, all_countries=True).run()
    assert len(pricing.asked) == 1


async def test_a_file_that_broke_meanwhile_leaves_the_history_alone(
    one: Replica, pricing: FakePricing, tmp_path: Path
) -> None:
    lists = Lists(one, pricing.url)
    await lists.run()
    prices = lists.config.prices.model_copy(update={"carrier_fees": str(tmp_path / "absent.csv")})
    lists.config = lists.config.model_copy(update={"prices": prices})
    with pytest.raises(ConfigError, match="absent"):
        await lists.cards.load()
    assert lists.usd() == Decimal("0.1100")


async def test_the_log_names_countries_and_no_secret(
    one: Replica, pricing: FakePricing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await Lists(one, pricing.url).run()
    assert "a new price list of ZZ" in caplog.text
    assert TOKEN not in caplog.text
