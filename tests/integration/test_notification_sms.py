"""Notifications by SMS, at a Twilio that answers as it is asked to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from exporter import config
from exporter.ledger.notifications import QuietHours
from exporter.notifications.carrier import NotCarried
from exporter.notifications.sms import TextMessages
from exporter.segments import segments
from tests.conftest import RunningLedger
from tests.integration.api.asking import ADMIN, USER, running_api
from tests.integration.fake_carriers import DOWN, FakeCarriers
from tests.integration.fake_twilio import ACCOUNT, FAILURES
from tests.integration.notification_desk import EMAIL, SMS, Desk, Recorded
from tests.integration.paging import SENDER, Paging
from tests.integration.waiting import until
from tests.unit.sources.sent import TWILIO_TOKEN

ANN, BOB = "+15005550011", "+15005550012"
WANTED = {("warning", "sms"): True}
PUBLIC_URL = "https://exporter.example.com"


def sections(twilio: FakeCarriers) -> dict[str, Any]:
    account = {"account_sid": ACCOUNT, "auth_token": TWILIO_TOKEN, "tenants": {SENDER: "acme"}}
    return {
        "notifications": {"sms": {"sender": SENDER, "api_url": twilio.url}},
        "sources": {"twilio": account},
        "public_url": PUBLIC_URL,
    }


@pytest.fixture
async def twilio() -> AsyncIterator[FakeCarriers]:
    async with FakeCarriers().running() as fake:
        yield fake


@pytest.fixture
async def desk(replica: RunningLedger, dsn: str, twilio: FakeCarriers) -> AsyncIterator[Desk]:
    """Ann wants warnings by SMS, and nothing is sent by anything else."""
    async with replica() as one:
        desk = Desk(one, dsn)
        desk.carriers[SMS] = TextMessages(config.parse(sections(twilio)))
        await desk.wish(email=None, phone=ANN, wanted=WANTED)
        yield desk


async def again(desk: Desk) -> None:
    await desk.everything_is_due()
    await desk.run()


async def test_an_sms_is_sent_once_from_our_number_and_counted(desk: Desk, twilio: FakeCarriers) -> None:
    await desk.tell(title="Low Credits", message="Your credit balance is low.")
    for _ in range(3):
        await desk.run()
    (sent,) = twilio.messages
    assert (sent["from"], sent["to"]) == (SENDER, ANN)
    assert sent["body"] == "Low Credits: Your credit balance is low."
    assert sent["callback"] == f"{PUBLIC_URL}/webhooks/twilio?tenant=acme"
    assert (desk.count("success", "sms"), desk.count("success", "in_app")) == (1, 1)
    assert twilio.looked_up == 0


async def test_what_twilio_took_without_saying_so_is_found_and_not_sent_again(
    desk: Desk, twilio: FakeCarriers
) -> None:
    twilio.loses_answers = True
    await desk.tell()
    await desk.run()
    assert desk.count("retry", "sms") == 1
    await again(desk)
    assert (len(twilio.messages), twilio.looked_up) == (1, 1)
    assert (desk.count("success", "sms"), await desk.outcomes()) == (1, ["success"])


async def test_who_dies_after_sending_leaves_it_to_one_who_looks_first(
    desk: Desk, twilio: FakeCarriers
) -> None:
    await desk.tell()
    await desk.work.plan()
    (letter,) = await desk.ledger.notifications.claim([SMS], 10, lease_s=60)
    await desk.carriers[SMS].carry(letter)
    await again(desk)
    assert (len(twilio.messages), await desk.outcomes()) == (1, ["success"])


async def test_another_text_to_the_same_number_is_not_taken_for_it(desk: Desk, twilio: FakeCarriers) -> None:
    await desk.tell(message="one")
    await desk.run()
    twilio.failures = [DOWN]
    await desk.tell(message="two")
    await desk.run()
    await again(desk)
    assert twilio.texts_to(ANN) == ["Title: one", "Title: two"]


@pytest.mark.parametrize("name", ["503_html", "429", "401"])
async def test_trouble_of_ours_or_of_twilio_is_tried_again(
    desk: Desk, twilio: FakeCarriers, name: str
) -> None:
    twilio.failures = [FAILURES[name]]
    await desk.tell()
    await desk.run()
    assert (desk.count("retry", "sms"), await desk.outcomes()) == (1, [None])
    await again(desk)
    assert twilio.texts_to(ANN) == ["Title: Text"]


async def test_a_number_that_is_refused_ends_for_good_and_harms_nobody_else(
    desk: Desk, twilio: FakeCarriers, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.wish("bob", None, phone=BOB, wanted=WANTED)
    twilio.refused = {ANN}
    await desk.tell()
    await desk.tell("bob")
    await desk.run()
    assert (desk.count("refused", "sms"), desk.count("success", "sms")) == (1, 1)
    assert (twilio.texts_to(ANN), twilio.texts_to(BOB)) == ([], ["Title: Text"])
    assert "refused" in caplog.text
    assert ANN not in caplog.text


async def test_a_twilio_that_is_down_harms_neither_mail_nor_what_is_in_app(
    desk: Desk, twilio: FakeCarriers
) -> None:
    await desk.wish(email="ann@example.com", phone=ANN, wanted=WANTED)
    twilio.trouble = DOWN
    mail = desk.carriers[EMAIL] = Recorded()
    await desk.tell()
    await desk.run()
    assert mail.told == [("ann", "ann@example.com")]
    assert await desk.ask("SELECT count(*) FROM notifications_of('acme', 'ann', '{user}')") == [(1,)]
    counted = [desk.count("retry", "sms"), desk.count("success"), desk.count("success", "in_app")]
    assert counted == [1, 1, 1]


async def test_a_dead_mail_server_keeps_no_sms(desk: Desk, twilio: FakeCarriers) -> None:
    await desk.wish(email="ann@example.com", phone=ANN, wanted=WANTED)
    desk.carriers[EMAIL] = Recorded()
    desk.carriers[EMAIL].trouble = NotCarried("down", for_good=False)
    await desk.tell()
    await desk.run()
    assert twilio.texts_to(ANN) == ["Title: Text"]


async def test_quiet_hours_keep_sms_until_they_end(desk: Desk, twilio: FakeCarriers) -> None:
    quiet = QuietHours("UTC", time(22), time(7))
    await desk.wish(email=None, phone=ANN, wanted=WANTED, quiet=quiet)
    desk.now = lambda: datetime(2096, 11, 20, 23, 0, tzinfo=UTC)
    await desk.tell()
    await desk.run()
    assert twilio.messages == []
    desk.now = lambda: datetime(2096, 11, 21, 7, 0, tzinfo=UTC)
    await again(desk)
    assert (twilio.texts_to(ANN), twilio.looked_up) == (["Title: Text"], 0)


async def test_who_does_not_ask_for_sms_gets_none(desk: Desk, twilio: FakeCarriers) -> None:
    await desk.wish("bob", None, phone=BOB)
    await desk.tell("bob")
    await desk.run()
    assert twilio.messages == []


async def test_what_is_long_takes_two_segments(desk: Desk, twilio: FakeCarriers) -> None:
    await desk.tell(message="Ünïcödé “quoted” {€} " * 100)
    await desk.run()
    (body,) = twilio.texts_to(ANN)
    assert segments(body)[:2] == ("gsm7", 2)
    assert body.endswith("...")


async def test_its_receipts_are_counted_for_the_tenant_whose_number_sends(
    dsn: str, tmp_path: Path, twilio: FakeCarriers
) -> None:
    async with running_api(dsn, tmp_path, **sections(twilio)) as api:
        wishes = {"phone": ANN, "types": {"info": {"sms": True}}}
        told = await api.ask("PUT", "/api/v1/notifications/preferences", USER, body=wishes)
        assert told.status == 200, told.body
        news = {"type": "info", "title": "Hello", "message": "There is news.", "user_id": "42"}
        asked = {**news, "send_sms": True}
        told = await api.ask(
            "POST", "/api/v1/notifications", ADMIN, body=asked, headers={"X-Tenant-Id": "acme"}
        )
        assert told.status == 200, told.body

        async def is_sent() -> bool:
            return twilio.texts_to(ANN) == ["Hello: There is news."]

        await until(is_sent)
        assert await Paging(api.one, twilio).receipt(twilio.messages[0], "delivered") == 200

        async def is_counted() -> bool:
            route = {"tenant": "acme", "channel": "sms", "provider": "twilio", "direction": "outbound"}
            return await api.one.sample("comms_messages_total", **route, status="delivered") == 1

        await until(is_counted)
