"""The sweep of Twilio's messages: what callbacks did not tell is counted, once, and nothing else is."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import pytest

from exporter.event import Submission
from exporter.reconcile.twilio_messages import TwilioMessages
from exporter.rest_api import ApiError
from exporter.sources.twilio import Twilio, TwilioConfig
from tests.conftest import NOON, Replica, RunningLedger, step
from tests.integration.fake_twilio import (
    ACCOUNT,
    FAILURES,
    PATH,
    TOKEN,
    Failure,
    FakeTwilio,
    page_of,
    recorded,
    recorded_pages,
)
from tests.integration.running_app import running_app
from tests.integration.waiting import until
from tests.unit.sources.sent import NOW, TWILIO_URL, twilio_request

EXPECTED = recorded("messages_expected")["expected"]
ROWS = [row for page in recorded_pages() for row in page["messages"]]
SETTLED = "Fri, 20 Nov 2026 10:00:00 +0000"


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio().running() as running:
        yield running


@pytest.fixture
async def one(replica: RunningLedger) -> AsyncIterator[Replica]:
    async with replica() as running:
        yield running


class Sweep:
    """A sweep of the fake account, which waits for nothing and remembers how long it would have."""

    def __init__(self, one: Replica, url: str, **keys: Any) -> None:
        self.waits_s: list[float] = []
        reconcile = {"enabled": True, "api_url": url, **keys.pop("reconcile", {})}
        self.config = TwilioConfig.model_validate(
            {"account_sid": ACCOUNT, "auth_token": TOKEN, **keys, "reconcile": reconcile}
        )
        self._work = TwilioMessages(
            lambda: self.config, one.ledger, one.metrics, now=lambda: NOW, sleep=self._wait
        )

    async def run(self) -> None:
        await self._work.run()

    async def _wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)


def row(sid: str = "SM1", status: str | None = "delivered", **more: Any) -> dict[str, Any]:
    dates = {"date_created": SETTLED, "date_sent": SETTLED, "date_updated": SETTLED}
    addresses = {"from": "+12025550101", "to": "+12025550102", "direction": "outbound-api"}
    return {"sid": sid, "status": status, "account_sid": ACCOUNT, **dates, **addresses, **more}


def callback(sid: str, status: str, query: str = "", **fields: str) -> Submission:
    given = {
        "MessageSid": sid,
        "MessageStatus": status,
        "From": "+12025550101",
        "To": "+12025550102",
        **fields,
    }
    config = TwilioConfig.model_validate({"auth_token": TOKEN})
    return Twilio(config).read(twilio_request(given, TWILIO_URL + query)).submissions[0]


async def counted(one: Replica) -> dict[tuple[str, str], int]:
    """Message steps by tenant and status."""
    await one.ledger.catch_up()
    steps: Counter[tuple[str, str]] = Counter()
    for key, values in one.totals.rows()["comms_messages_total"].items():
        steps[key[0], key[4]] += int(str(values[0]))
    return {key: number for key, number in steps.items() if number}


async def by_status(one: Replica) -> dict[str, int]:
    return {status: number for (_, status), number in (await counted(one)).items()}


def reconciled(one: Replica, status: str) -> float | None:
    labels = {"source": "twilio", "status": status}
    return one.registry.get_sample_value("comms_reconciled_messages_total", labels)


async def parked(dsn: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT reason, detail FROM parked_events WHERE source = 'twilio' ORDER BY 1, 2"
    )
    await connection.close()
    return [tuple(each) for each in rows]


async def test_an_empty_ledger_gets_every_message_with_the_status_it_has(
    one: Replica, twilio: FakeTwilio
) -> None:
    await Sweep(one, twilio.url).run()
    assert await by_status(one) == EXPECTED["by_status"]
    assert sum(EXPECTED["by_status"].values()) == EXPECTED["messages"] == 20
    for status, number in EXPECTED["by_status"].items():
        assert reconciled(one, status) == number


async def test_it_is_safe_to_repeat_and_from_two_replicas_at_once(one: Replica, twilio: FakeTwilio) -> None:
    first, second = Sweep(one, twilio.url), Sweep(one, twilio.url)
    await asyncio.gather(first.run(), second.run())
    await first.run()
    assert await by_status(one) == EXPECTED["by_status"]
    assert reconciled(one, "delivered") == EXPECTED["by_status"]["delivered"]


async def test_a_step_that_a_callback_told_is_left_alone(one: Replica, twilio: FakeTwilio) -> None:
    told = [callback(each["sid"], each["status"]) for each in ROWS[::2]]
    await one.ledger.append(told)
    await Sweep(one, twilio.url).run()
    assert await by_status(one) == EXPECTED["by_status"]
    appended = sum(reconciled(one, status) or 0 for status in EXPECTED["by_status"])
    assert appended == len(ROWS) - len(told)


async def test_a_callback_that_comes_after_the_sweep_counts_nothing_more(
    one: Replica, twilio: FakeTwilio
) -> None:
    await Sweep(one, twilio.url).run()
    late = [callback(each["sid"], each["status"]) for each in ROWS]
    assert await one.ledger.append(late) == [None] * len(ROWS)
    assert await by_status(one) == EXPECTED["by_status"]


async def test_a_message_keeps_the_tenant_that_its_callbacks_named(one: Replica, twilio: FakeTwilio) -> None:
    twilio.pages = [page_of(row("SM1", "delivered"), row("SM2", "delivered"))]
    await one.ledger.append([callback("SM1", "sent", "?tenant=acme")])
    await Sweep(one, twilio.url, tenants={ACCOUNT: "globex"}).run()
    assert await counted(one) == {("acme", "sent"): 1, ("acme", "delivered"): 1, ("globex", "delivered"): 1}


async def test_a_message_of_two_tenants_is_that_of_the_first(one: Replica, twilio: FakeTwilio) -> None:
    twilio.pages = [page_of(row("SM1", "delivered"))]
    later = step("SM1", "sent", tenant="aaa", at=NOON + timedelta(seconds=1))
    await one.ledger.append([later, step("SM1", "sent", tenant="zzz", at=NOON)])
    await Sweep(one, twilio.url).run()
    assert ("zzz", "delivered") in await counted(one)


async def test_a_list_that_lags_is_caught_up_with_step_by_step(one: Replica, twilio: FakeTwilio) -> None:
    sweep = Sweep(one, twilio.url)
    for status in ("queued", "sent", "sent", "delivered"):
        twilio.pages = [page_of(row("SM1", status))]
        await sweep.run()
    assert await by_status(one) == {"queued": 1, "sent": 1, "delivered": 1}


async def test_a_status_older_than_the_ledgers_counts_as_a_late_callback_does(
    one: Replica, twilio: FakeTwilio
) -> None:
    await one.ledger.append([callback("SM1", "delivered")])
    twilio.pages = [page_of(row("SM1", "sent"))]
    await Sweep(one, twilio.url).run()
    assert await by_status(one) == {"sent": 1, "delivered": 1}
    states = await one.ledger.steps_seen("twilio", ["SM1"])
    assert states["SM1"].tenant == "default"


async def test_a_message_that_changed_just_now_is_left_to_its_callback(
    one: Replica, twilio: FakeTwilio
) -> None:
    def mail_date(before: timedelta) -> str:
        return (NOW - before).strftime("%a, %d %b %Y %H:%M:%S +0000")

    fresh, settled = mail_date(timedelta(minutes=14)), mail_date(timedelta(minutes=16))
    twilio.pages = [page_of(row("SM1", date_updated=fresh), row("SM2", date_updated=settled))]
    await Sweep(one, twilio.url).run()
    assert await by_status(one) == {"delivered": 1}
    await Sweep(one, twilio.url, reconcile={"settle_s": 60}).run()
    assert await by_status(one) == {"delivered": 2}


async def test_the_first_question_names_the_window_and_the_rest_follow_the_list(
    one: Replica, twilio: FakeTwilio
) -> None:
    await Sweep(one, twilio.url, reconcile={"window_days": 3, "page_messages": 6}).run()
    query = dict(parse_qsl(urlsplit(twilio.asked[0]).query))
    assert query == {
        "DateSent>": "2026-11-18T12:00:00Z",
        "DateSent<": "2026-11-21T11:45:00Z",
        "PageSize": "6",
    }
    assert twilio.asked[1:] == [page["next_page_uri"] for page in recorded_pages()[:3]]
    assert set(twilio.tokens) == {TOKEN}


async def test_an_empty_list_is_no_failure(one: Replica, twilio: FakeTwilio) -> None:
    twilio.pages = [recorded("messages_empty")]
    await Sweep(one, twilio.url).run()
    assert await by_status(one) == {}


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


async def test_every_status_stands_at_zero_before_the_first_look(one: Replica, twilio: FakeTwilio) -> None:
    Sweep(one, twilio.url)
    assert reconciled(one, "delivered") == 0


def settings_of(twilio: FakeTwilio) -> dict[str, Any]:
    reconcile = {"enabled": True, "api_url": twilio.url}
    return {"twilio": {"account_sid": ACCOUNT, "auth_token": TOKEN, "reconcile": reconcile}}


async def test_a_running_exporter_looks_by_itself_and_publishes_what_it_found(
    dsn: str, tmp_path: Path, twilio: FakeTwilio
) -> None:
    async with running_app(dsn, tmp_path, sources=settings_of(twilio)) as app:

        async def looked() -> bool:
            return await app.sample("comms_jobs_total", work="reconcile_twilio", status="success") == 1.0

        await until(looked)
        for status, number in EXPECTED["by_status"].items():
            labels = {"source": "twilio", "status": status}
            assert await app.sample("comms_reconciled_messages_total", **labels) == number


async def test_a_refused_look_is_an_error_of_its_job(dsn: str, tmp_path: Path, twilio: FakeTwilio) -> None:
    twilio.good_token = "another"
    async with running_app(dsn, tmp_path, sources=settings_of(twilio)) as app:

        async def failed() -> bool:
            return await app.sample("comms_jobs_total", work="reconcile_twilio", status="error") == 1.0

        await until(failed)
        assert await app.sample("comms_jobs_total", work="reconcile_twilio", status="success") == 0
        assert await app.rows("SELECT count(*) FROM events") == [(0,)]


async def test_no_look_is_taken_unasked(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path) as app:
        assert "reconcile_twilio" not in await app.page()
