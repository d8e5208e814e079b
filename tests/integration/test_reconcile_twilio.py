"""The sweep of Twilio's messages: what callbacks did not tell is counted, once, and nothing else is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.conftest import NOON, Replica, step
from tests.integration.fake_twilio import ACCOUNT, TOKEN, FakeTwilio, page_of, recorded, recorded_pages
from tests.integration.running_app import running_app
from tests.integration.twilio_sweep import (
    EXPECTED,
    ROWS,
    Sweep,
    by_status,
    callback,
    counted,
    reconciled,
    row,
)
from tests.integration.waiting import until
from tests.unit.sources.sent import NOW


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
