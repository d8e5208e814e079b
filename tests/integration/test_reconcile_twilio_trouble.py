"""The sweep of Twilio's messages in trouble: it waits or ends, and our secrets and people's data stay here."""

from __future__ import annotations

import logging
from collections import Counter

import asyncpg
import pytest

from exporter.rest_api import ApiError
from tests.conftest import Replica
from tests.integration.fake_twilio import (
    ACCOUNT,
    FAILURES,
    PATH,
    TOKEN,
    Failure,
    FakeTwilio,
    page_of,
    recorded_pages,
)
from tests.integration.twilio_sweep import EXPECTED, Sweep, by_status, row


async def parked(dsn: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT reason, detail FROM parked_events WHERE source = 'twilio' ORDER BY 1, 2"
    )
    await connection.close()
    return [tuple(each) for each in rows]


@pytest.mark.parametrize(
    ("failures", "waits_s"),
    [
        (["429"], [3]),
        (["503_html"], [1]),
        (["200_truncated"], [1]),
        (["200_list"], [1]),
        (["429", "503_html", "200_truncated", "200_list"], [3, 2, 4, 8]),
    ],
)
async def test_trouble_that_passes_is_waited_for(
    one: Replica, twilio: FakeTwilio, failures: list[str], waits_s: list[float]
) -> None:
    twilio.failures = [FAILURES[name] for name in failures]
    sweep = Sweep(one, twilio.url)
    await sweep.run()
    assert sweep.waits_s == waits_s
    assert await by_status(one) == EXPECTED["by_status"]


@pytest.mark.parametrize(
    ("stated", "wait_s"), [("0", 0), ("86400", 60), ("soon", 1), ("-5", 1), ("", 1), ("9" * 5000, 60)]
)
async def test_no_stated_wait_is_longer_than_a_minute(
    one: Replica, twilio: FakeTwilio, stated: str, wait_s: float
) -> None:
    twilio.failures = [Failure(429, "{}", {"Retry-After": stated})]
    sweep = Sweep(one, twilio.url)
    await sweep.run()
    assert sweep.waits_s == [wait_s]


async def test_trouble_that_stays_ends_the_sweep_and_what_was_read_counts(
    one: Replica, twilio: FakeTwilio
) -> None:
    cut = recorded_pages()[0] | {"next_page_uri": f"{PATH}?Page=1"}
    twilio.pages = [cut, {"messages": "none"}]
    sweep = Sweep(one, twilio.url)
    with pytest.raises(ApiError, match="cannot be read"):
        await sweep.run()
    assert len(twilio.asked) == 6
    assert sweep.waits_s == [1, 2, 4, 8]
    assert sum((await by_status(one)).values()) == 6


async def test_nobody_at_the_address_ends_the_sweep(one: Replica) -> None:
    sweep = Sweep(one, "http://127.0.0.1:1")
    with pytest.raises(ApiError, match="no answer"):
        await sweep.run()
    assert len(sweep.waits_s) == 4


@pytest.mark.parametrize("status", [301, 400, 403, 404, 410])
async def test_a_refusal_is_not_asked_again(one: Replica, twilio: FakeTwilio, status: int) -> None:
    twilio.failures = [Failure(status, "no", {"Location": "/elsewhere"})]
    with pytest.raises(ApiError, match=f"status {status}: look at account_sid"):
        await Sweep(one, twilio.url).run()
    assert len(twilio.asked) == 1


async def test_a_refused_token_is_told_without_the_token(one: Replica, twilio: FakeTwilio) -> None:
    twilio.good_token = "another"
    with pytest.raises(ApiError, match="status 401") as refused:
        await Sweep(one, twilio.url).run()
    assert TOKEN not in str(refused.value)
    assert ACCOUNT not in str(refused.value)
    assert len(twilio.asked) == 1


async def test_either_token_serves_while_one_is_rotated(one: Replica, twilio: FakeTwilio) -> None:
    await Sweep(one, twilio.url, auth_token=f"old-one,{TOKEN}").run()
    assert await by_status(one) == EXPECTED["by_status"]
    assert twilio.tokens[:2] == ["old-one", TOKEN]


async def test_a_list_that_goes_in_circles_ends(
    one: Replica, twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.pages = [page_of(row("SM1"), then=f"{PATH}?Page=1"), page_of(row("SM2"), then=f"{PATH}?Page=1")]
    await Sweep(one, twilio.url).run()
    assert len(twilio.asked) == 2
    assert await by_status(one) == {"delivered": 2}
    assert "in circles" in caplog.text


@pytest.mark.parametrize(
    "uri", ["https://elsewhere.example.com/", "elsewhere", "@elsewhere.example.com/", "/a b", "/\n", "/é"]
)
async def test_our_credentials_go_to_no_other_host(one: Replica, twilio: FakeTwilio, uri: str) -> None:
    twilio.pages = [page_of(row("SM1"), then=uri)]
    with pytest.raises(ApiError, match="host that we gave our credentials"):
        await Sweep(one, twilio.url).run()
    assert len(twilio.asked) == 1


async def test_a_row_that_cannot_be_counted_is_parked_and_stops_none_beside_it(
    one: Replica, twilio: FakeTwilio, dsn: str
) -> None:
    odd = [5, None, "text", [], {}, row(status=None), row(sid=""), row(sid="S" * 600)]
    twilio.pages = [page_of(*odd, row("SM1", "delivered"), row("SM2", "teleported"))]
    for _ in range(2):
        await Sweep(one, twilio.url).run()
    assert await by_status(one) == {"delivered": 1, "other": 1}
    reasons = Counter(reason for reason, _ in await parked(dsn))
    assert reasons == {"malformed_body": 4, "missing_field": 3, "bad_field": 1}


async def test_nothing_that_a_customer_wrote_or_is_called_reaches_the_log(
    one: Replica, twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    twilio.pages = [
        page_of(row("SM1", body="canary-text", to="+12025550199"), row(sid="", body="canary-text"))
    ]
    await Sweep(one, twilio.url).run()
    assert "2 messages, 1 steps" in caplog.text
    for canary in ("canary-text", "+12025550199", TOKEN):
        assert canary not in caplog.text
