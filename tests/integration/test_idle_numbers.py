"""Our own numbers, their rent, and which of them no message has used."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from exporter.billing.own_numbers import ReadOwnNumbers
from exporter.ledger.waste import IdleNumber, read_waste
from exporter.rest_api import ApiError
from exporter.sources.twilio import TwilioConfig
from tests.conftest import Replica, step
from tests.integration.fake_numbers import NUMBERS, RENTS, FakeNumbers, resource
from tests.integration.fake_twilio import ACCOUNT, FAILURES, TOKEN

LOCAL, MOBILE, TOLL_FREE = "+442079460100", "+447700900100", "+448081570100"
Row = tuple[str, str, str | None, Decimal]


@pytest.fixture
async def twilio() -> AsyncIterator[FakeNumbers]:
    async with FakeNumbers().running() as running:
        yield running


async def look(one: Replica, twilio: FakeNumbers, days_ago: float = 0, **keys: Any) -> None:
    """Read the lists as if it were then; waits for nothing."""
    config = TwilioConfig.model_validate(
        {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "bills": {"enabled": True, "api_url": twilio.url},
            **keys,
            "prices": {"api_url": twilio.url, **keys.get("prices", {})},
        }
    )
    at = datetime.now(UTC) - timedelta(days=days_ago)
    await ReadOwnNumbers(lambda: config, one.ledger, now=lambda: at, sleep=nothing).run()


async def nothing(seconds: float) -> None:
    assert seconds > 0


async def kept(dsn: str) -> list[Row]:
    connection = await asyncpg.connect(dsn)
    found = await connection.fetch(
        "SELECT number, tenant, alias, monthly_rent_usd FROM own_numbers ORDER BY number"
    )
    await connection.close()
    return [tuple(row) for row in found]


async def idle(dsn: str, hours: float = 1) -> list[IdleNumber]:
    return (await read_waste(dsn, datetime.now(UTC) - timedelta(hours=hours))).idle_numbers


async def test_each_number_is_kept_with_the_rent_of_its_type_and_country(
    one: Replica, twilio: FakeNumbers, dsn: str
) -> None:
    twilio.lists = {
        "Local": [[resource(LOCAL)], [resource("+442079460101")]],
        "Mobile": [[resource(MOBILE)]],
        "TollFree": [[resource(TOLL_FREE)]],
    }
    await look(one, twilio, senders={MOBILE: "support"}, tenants={MOBILE: "acme", ACCOUNT: "globex"})
    assert await kept(dsn) == [
        (LOCAL, "globex", None, Decimal("1.00")),
        ("+442079460101", "globex", None, Decimal("1.00")),
        (MOBILE, "acme", "support", Decimal("1.00")),
        (TOLL_FREE, "globex", None, Decimal("2.00")),
    ]
    assert twilio.asked.count(f"{RENTS}/GB") == 1
    assert twilio.asked.count(f"{NUMBERS}/Local.json") == 2


@pytest.mark.parametrize(
    "more",
    [
        {"capabilities": {"sms": False, "mms": False, "voice": True}},
        {"voice_url": "https://voice.example.com/answer"},
        {"voice_application_sid": "AP1"},
        {"trunk_sid": "TK1"},
        {"phone_number": "+15005550006x"},
        {"phone_number": "+33123456789"},
    ],
)
async def test_a_number_for_calls_or_without_a_known_rent_is_left_out(
    one: Replica, twilio: FakeNumbers, dsn: str, more: dict[str, Any]
) -> None:
    twilio.lists["Local"] = [[resource(LOCAL), resource(LOCAL + "1", **more)]]
    await look(one, twilio)
    assert [number for number, *_ in await kept(dsn)] == [LOCAL]


async def test_rents_in_another_currency_are_not_guessed(one: Replica, twilio: FakeNumbers, dsn: str) -> None:
    twilio.rents["GB"] = {**twilio.rents["GB"], "price_unit": "eur"}
    twilio.lists["Local"] = [[resource(LOCAL)]]
    await look(one, twilio)
    assert await kept(dsn) == []


async def test_the_rent_is_that_of_the_configured_tier(one: Replica, twilio: FakeNumbers, dsn: str) -> None:
    prices = [{"number_type": "local", "base_price": "1.00", "current_price": "0.80"}]
    twilio.rents["GB"] = {**twilio.rents["GB"], "phone_number_prices": prices}
    twilio.lists["Local"] = [[resource(LOCAL)]]
    for tier, rent in (("current", "0.80"), ("base", "1.00")):
        await look(one, twilio, prices={"tier": tier})
        assert await kept(dsn) == [(LOCAL, "default", None, Decimal(rent))]


@pytest.mark.parametrize("odd", [5, None, {}, {"phone_number": ""}, {"phone_number": LOCAL, "trunk_sid": 5}])
async def test_a_number_that_cannot_be_read_stops_none_beside_it(
    one: Replica, twilio: FakeNumbers, dsn: str, odd: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "exporter")
    twilio.lists["Local"] = [[odd, resource(MOBILE)]]
    await look(one, twilio)
    assert [number for number, *_ in await kept(dsn)] == [MOBILE]
    assert "cannot be read" in caplog.text
    assert LOCAL not in caplog.text


@pytest.mark.parametrize("failure", ["401", "503_html"])
async def test_a_list_that_does_not_come_leaves_the_numbers_from_before(
    one: Replica, twilio: FakeNumbers, dsn: str, failure: str
) -> None:
    twilio.lists["Local"] = [[resource(LOCAL)]]
    await look(one, twilio)
    twilio.failures = [FAILURES[failure]] * 5
    with pytest.raises(ApiError):
        await look(one, twilio)
    assert [number for number, *_ in await kept(dsn)] == [LOCAL]


@pytest.mark.parametrize("bad", [{"phone_number_prices": 5, "price_unit": "USD"}, {"price_unit": "USD"}])
async def test_rents_that_cannot_be_read_are_a_failure(
    one: Replica, twilio: FakeNumbers, bad: dict[str, Any]
) -> None:
    twilio.lists["Local"] = [[resource(LOCAL)]]
    twilio.rents["GB"] = bad
    with pytest.raises(ApiError, match="cannot be read"):
        await look(one, twilio)


async def test_a_number_that_was_given_back_is_forgotten(one: Replica, twilio: FakeNumbers, dsn: str) -> None:
    twilio.lists["Local"] = [[resource(LOCAL), resource(MOBILE)]]
    await look(one, twilio)
    twilio.lists["Local"] = [[resource(MOBILE)]]
    await look(one, twilio)
    assert [number for number, *_ in await kept(dsn)] == [MOBILE]
    twilio.lists["Local"] = [[]]
    await look(one, twilio)
    assert await kept(dsn) == []


async def known_for_long(one: Replica, twilio: FakeNumbers) -> None:
    """Two numbers, listed since long ago and today."""
    twilio.lists["Local"] = [[resource(LOCAL)]]
    twilio.lists["TollFree"] = [[resource(TOLL_FREE)]]
    await look(one, twilio, days_ago=40)
    await look(one, twilio)


async def test_a_number_that_no_message_used_is_idle(one: Replica, twilio: FakeNumbers, dsn: str) -> None:
    await known_for_long(one, twilio)
    await one.ledger.append([step("SM1", own_number=LOCAL)])
    assert await idle(dsn) == [IdleNumber("default", "twilio", "number ending 0100", Decimal("2.00"))]
    await one.ledger.append([step("SM2", own_number=TOLL_FREE)])
    assert await idle(dsn) == []


async def test_no_number_is_idle_that_is_not_known_for_long(
    one: Replica, twilio: FakeNumbers, dsn: str
) -> None:
    twilio.lists["Local"] = [[resource(LOCAL)]]
    await look(one, twilio)
    await one.ledger.append([step("SM1")])
    assert await idle(dsn) == []


async def test_no_number_is_idle_by_a_list_that_is_old(one: Replica, twilio: FakeNumbers, dsn: str) -> None:
    twilio.lists["Local"] = [[resource(LOCAL)]]
    await look(one, twilio, days_ago=40)
    await look(one, twilio, days_ago=4)
    await one.ledger.append([step("SM1")])
    assert await idle(dsn) == []


async def test_a_ledger_that_has_not_seen_the_time_proves_nothing(
    one: Replica, twilio: FakeNumbers, dsn: str
) -> None:
    await known_for_long(one, twilio)
    assert await idle(dsn) == []
    await one.ledger.append([step("SM1")])
    assert await idle(dsn, hours=30 * 24) == []
