"""Twilio's price lists: which are fetched, one fetch a day and country, and what the operator's own change."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.errors import ConfigError
from exporter.pricing.cost import NoPrice
from tests.conftest import NOON, Replica, step
from tests.integration.fake_pricing import COUNTRIES, FakePricing, price_list
from tests.integration.fake_twilio import ACCOUNT, TOKEN
from tests.integration.listed import DAY, SECOND, Lists
from tests.integration.running_app import running_app
from tests.integration.waiting import until


async def test_a_configured_country_is_priced_once_its_list_is_fetched(
    one: Replica, pricing: FakePricing
) -> None:
    lists = Lists(one, pricing.url)
    await lists.cards.load()
    assert lists.usd() is NoPrice.UNKNOWN_COUNTRY
    await lists.run()
    assert lists.usd() == Decimal("0.1100")
    assert pricing.asked == [f"{COUNTRIES}/ZZ"]


async def test_countries_that_messages_name_are_fetched_as_well(one: Replica, pricing: FakePricing) -> None:
    pricing.lists |= {"FR": price_list("FR"), "DE": price_list("DE"), "ES": price_list("ES")}
    old = NOON - 31 * DAY
    await one.ledger.append(
        [
            step("SM1", country="FR"),
            step("SM2", country="ES", at=old),
            step("SM3", country="DE", provider="other"),
        ]
    )
    lists = Lists(one, pricing.url, countries=[])
    await lists.run()
    assert pricing.asked_for == ["FR"]
    await one.ledger.append([step("SM4", country="DE", at=NOON + SECOND)])
    await lists.run(timedelta(minutes=4))
    assert pricing.asked_for == ["FR"]
    await lists.run(timedelta(minutes=1))
    assert pricing.asked_for == ["FR", "DE"]


async def test_each_list_is_fetched_once_a_day(one: Replica, pricing: FakePricing) -> None:
    lists = Lists(one, pricing.url)
    await lists.run()
    await lists.run(DAY - SECOND)
    assert pricing.asked_for == ["ZZ"]
    await lists.run(SECOND)
    assert pricing.asked_for == ["ZZ", "ZZ"]


async def test_lists_are_asked_for_a_second_apart(one: Replica, pricing: FakePricing) -> None:
    lists = Lists(one, pricing.url, countries=["ZZ", "GB"])
    await lists.run()
    assert pricing.asked_for == ["GB", "ZZ"]
    assert lists.waits_s == [1, 1]


async def test_every_page_of_countries_is_read_where_all_are_wanted(
    one: Replica, pricing: FakePricing
) -> None:
    lists = Lists(one, pricing.url, countries=[], all_countries=True)
    await lists.run()
    assert pricing.asked[:2] == [
        f"{COUNTRIES}?PageSize=1000",
        f"{COUNTRIES}?PageSize=1&Page=1&PageToken=DNAQ",
    ]
    assert pricing.asked_for == ["GB", "ZZ"]
    await lists.run(DAY - SECOND)
    assert len(pricing.asked) == 4


async def test_a_name_that_is_no_country_is_never_asked_for(one: Replica, pricing: FakePricing) -> None:
    await one.ledger.append([step("SM1", country="../x"), step("SM2", country="gb")])
    lists = Lists(one, pricing.url, countries=[])
    await lists.run()
    assert pricing.asked == []


async def test_the_operators_own_lists_and_fees_stand_in(
    one: Replica, pricing: FakePricing, tmp_path: Path
) -> None:
    (tmp_path / "zz.json").write_text(json.dumps(price_list(price="0.9")))
    fees = tmp_path / "fees.csv"
    fees.write_text(
        "from,country,direction,number_type,mcc,mnc,fee_usd\n2026-01-01,ZZ,outbound,*,*,*,0.003\n"
    )
    lists = Lists(one, pricing.url, directory=str(tmp_path), carrier_fees=str(fees))
    await lists.cards.load()
    assert lists.usd() == Decimal("0.903")
    assert lists.gauge("fallback") == 1
    await lists.run()
    assert lists.usd() == Decimal("0.1130")
    assert lists.gauge("fallback") == 0


async def test_a_running_exporter_fetches_by_itself_and_publishes_how_old_its_lists_are(
    dsn: str, tmp_path: Path, pricing: FakePricing
) -> None:
    prices = {"enabled": True, "api_url": pricing.url, "countries": ["ZZ"]}
    sources = {"twilio": {"account_sid": ACCOUNT, "auth_token": TOKEN, "prices": prices}}
    async with running_app(dsn, tmp_path, sources=sources) as app:

        async def fetched() -> bool:
            labels = {"provider": "twilio", "account": "default"}
            return await app.sample("comms_rate_card_fallback", **labels) == 0.0

        await until(fetched)
        assert pricing.asked_for == ["ZZ"]


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
