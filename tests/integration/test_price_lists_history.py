"""Twilio's price lists in the ledger: kept with their dates, by account, for every replica."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.errors import LedgerUnavailable
from exporter.pricing.cost import NoPrice
from tests.conftest import NOON, Replica, RunningLedger
from tests.integration.fake_pricing import FakePricing, price_list
from tests.integration.listed import DAY, SECOND, Lists, rows


async def test_a_restart_asks_no_sooner_and_keeps_the_prices(
    replica: RunningLedger, pricing: FakePricing
) -> None:
    async with replica() as before:
        await Lists(before, pricing.url).run()
    async with replica() as after:
        lists = Lists(after, pricing.url)
        await lists.run(DAY - SECOND)
        assert pricing.asked_for == ["ZZ"]
        assert lists.usd() == Decimal("0.1100")


async def test_a_list_that_did_not_change_is_one_row_that_was_seen_again(
    one: Replica, pricing: FakePricing, dsn: str
) -> None:
    lists = Lists(one, pricing.url)
    await lists.run()
    pricing.lists["ZZ"]["outbound_sms_prices"].reverse()
    await lists.run(DAY)
    assert await rows(dsn) == [("default", "ZZ", NOON, NOON + DAY)]


async def test_a_changed_list_holds_from_its_first_second_and_re_prices_nothing(
    one: Replica, pricing: FakePricing, dsn: str
) -> None:
    lists = Lists(one, pricing.url)
    for price in ("0.01", "0.02", "0.01"):
        pricing.lists["ZZ"] = price_list(price=price)
        await lists.run(DAY)
    first, second, third = NOON + DAY, NOON + 2 * DAY, NOON + 3 * DAY
    assert [row[2] for row in await rows(dsn)] == [first, second, third]
    before_and_at = [lists.usd(at) for start in (second, third) for at in (start - SECOND, start)]
    assert before_and_at == [Decimal("0.01"), Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]
    assert lists.usd(first - SECOND) is NoPrice.UNKNOWN_COUNTRY


async def test_a_list_fetched_by_a_slow_clock_changes_nothing(
    one: Replica, pricing: FakePricing, dsn: str
) -> None:
    await Lists(one, pricing.url).run()
    pricing.lists["ZZ"] = price_list(price="9")
    behind = Lists(one, pricing.url, interval_s=1)
    await behind.run(-DAY)
    await one.ledger.keep_rate_card("twilio", "default", "ZZ", NOON - DAY, "{}")
    assert await rows(dsn) == [("default", "ZZ", NOON, NOON)]


async def test_another_account_has_a_history_of_its_own(one: Replica, pricing: FakePricing, dsn: str) -> None:
    pricing.lists["ZZ"] = price_list(price="0.05")
    await Lists(one, pricing.url).run()
    pricing.lists["ZZ"] = price_list(price="0.03")
    discounted = Lists(one, pricing.url, account="wholesale")
    await discounted.run()
    assert discounted.usd() == Decimal("0.03")
    assert [row[:2] for row in await rows(dsn)] == [("default", "ZZ"), ("wholesale", "ZZ")]
    assert discounted.gauge("fallback", "wholesale") == 0


async def test_either_tier_of_a_list_may_count(one: Replica, pricing: FakePricing) -> None:
    pricing.lists["ZZ"] = price_list(price="0.05")
    lists = Lists(one, pricing.url, tier="base")
    await lists.run()
    assert lists.usd() == Decimal("0.1000")


async def test_a_price_given_as_a_number_is_exact(one: Replica, pricing: FakePricing) -> None:
    pricing.lists["ZZ"] = price_list(price=0.1)  # type: ignore[arg-type]
    lists = Lists(one, pricing.url)
    await lists.run()
    assert lists.usd() == Decimal("0.1")


async def test_a_follower_prices_with_what_the_leader_fetched(one: Replica, pricing: FakePricing) -> None:
    follower = Lists(one, pricing.url)
    await follower.cards.load()
    await Lists(one, pricing.url).run()
    await follower.cards.load()
    assert follower.usd() == Decimal("0.1100")


async def test_no_price_is_made_up_before_the_ledger_was_read(one: Replica, pricing: FakePricing) -> None:
    lists = Lists(one, pricing.url)
    with pytest.raises(LedgerUnavailable):
        lists.usd()
