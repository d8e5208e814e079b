"""The outbox of notifications: each channel by itself, at least once, as users want it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from exporter.config import SmtpConfig
from exporter.errors import LedgerUnavailable
from exporter.ledger.notifications import Inbox, Letter, QuietHours
from exporter.notifications.carrier import NotCarried
from exporter.notifications.delivery import WAITS
from exporter.notifications.mail import Mail
from exporter.vocabulary import NotificationType
from tests.conftest import RunningLedger
from tests.integration.fake_mail_server import FakeMailServer
from tests.integration.notification_desk import ANN, BOB, EMAIL, SMS, Desk, Recorded


@pytest.fixture
async def desk(replica: RunningLedger, dsn: str) -> AsyncIterator[Desk]:
    async with replica() as one:
        yield Desk(one, dsn)


@asynccontextmanager
async def mail_to(desk: Desk, **smtp: Any) -> AsyncIterator[FakeMailServer]:
    async with FakeMailServer().running() as server:
        about = {
            "host": "127.0.0.1",
            "port": server.port,
            "from_email": "no-reply@ops.example",
            "use_tls": False,
        }
        desk.carriers[EMAIL] = Mail(SmtpConfig.model_validate({**about, **smtp}))
        yield server


async def test_every_label_set_stands_at_zero_from_the_start(desk: Desk) -> None:
    assert desk.count("success", "in_app") == 0
    assert [desk.count(outcome) for outcome in ("success", "retry", "refused", "failure")] == [0] * 4
    assert desk.count("failure", "in_app") is None


async def test_a_mail_is_plain_text_from_us_and_can_be_recognised_when_it_comes_twice(desk: Desk) -> None:
    await desk.wish()
    await desk.tell(title="Low Credits", message="500 credits")
    async with mail_to(desk) as server:
        await desk.run()
        await desk.ask("UPDATE notification_deliveries SET outcome = NULL, due_at = now() RETURNING 1")
        await desk.run()
    first, again = server.mails
    assert (first["From"], first["To"], first["Subject"]) == ("no-reply@ops.example", ANN, "Low Credits")
    assert (first.get_content_type(), first.get_payload().removesuffix(".\r\n").strip()) == (
        "text/plain",
        "500 credits",
    )
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == again["Message-ID"]
    assert "ann" not in first["Message-ID"]


async def test_a_mail_is_sent_once_and_counted(desk: Desk) -> None:
    await desk.wish()
    await desk.tell()
    async with mail_to(desk) as server:
        for _ in range(3):
            await desk.run()
    assert len(server.mails) == 1
    assert (desk.count("success"), desk.count("success", "in_app")) == (1, 1)
    assert await desk.outcomes() == ["success"]


async def test_a_server_without_tls_is_told_nothing_when_tls_is_asked_for(desk: Desk) -> None:
    await desk.wish()
    await desk.tell()
    async with mail_to(desk, use_tls=True, username="u", password="canary-password") as server:
        await desk.run()
    assert server.mails == []
    assert set(server.words) <= {"EHLO", "QUIT", "STARTTLS"}
    assert desk.count("retry") == 1


@pytest.mark.parametrize(
    ("answer", "outcome"), [("550 no such user", "refused"), ("450 greylisted", "retry")]
)
async def test_the_answer_to_an_address_decides(desk: Desk, answer: str, outcome: str) -> None:
    await desk.wish()
    await desk.wish("bob", BOB)
    await desk.tell()
    await desk.tell("bob")
    async with mail_to(desk) as server:
        server.answers[ANN] = answer
        await desk.run()
    assert [mail["To"] for mail in server.mails] == [BOB]
    assert (desk.count(outcome), desk.count("success")) == (1, 1)


async def test_no_address_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    await desk.wish()
    await desk.tell()
    async with mail_to(desk) as server:
        server.answers[ANN] = f"550 {ANN} is unknown"
        await desk.run()
    assert "refused" in caplog.text
    assert ANN not in caplog.text


async def test_a_dead_mail_server_harms_nothing_in_app_and_no_other_channel(desk: Desk) -> None:
    await desk.wish(phone="+15005550006", wanted={("warning", "sms"): True})
    desk.carriers = {EMAIL: Recorded(), SMS: Recorded()}
    desk.carriers[EMAIL].trouble = NotCarried("down", for_good=False)
    await desk.tell()
    await desk.run()
    assert await desk.ask("SELECT count(*) FROM notifications_of('acme', 'ann', '{user}')") == [(1,)]
    assert desk.carriers[SMS].told == [("ann", "+15005550006")]
    assert (desk.count("retry"), desk.count("success", "sms"), desk.count("success", "in_app")) == (1, 1, 1)


async def test_a_channel_that_hangs_holds_up_no_other(desk: Desk) -> None:
    reached, answered = asyncio.Event(), asyncio.Event()

    class Hanging(Recorded):
        async def carry(self, letter: Letter) -> None:
            reached.set()
            await answered.wait()

    await desk.wish(phone="+15005550006", wanted={("warning", "sms"): True})
    desk.carriers = {EMAIL: Recorded(), SMS: Hanging()}
    await desk.tell()
    await desk.work.plan()
    hanging = asyncio.create_task(desk.work.deliver(SMS))
    await reached.wait()
    await desk.work.deliver(EMAIL)
    assert desk.carriers[EMAIL].told == [("ann", ANN)]
    assert (desk.count("success"), desk.count("success", "sms")) == (1, 0)
    answered.set()
    await hanging
    assert desk.count("success", "sms") == 1


async def test_a_failed_letter_waits_longer_each_time_and_is_given_up(desk: Desk) -> None:
    await desk.wish()
    await desk.tell()
    desk.carriers[EMAIL] = Recorded()
    desk.carriers[EMAIL].trouble = NotCarried("down", for_good=False)
    await desk.work.plan()
    for wait in WAITS:
        began = datetime.now(UTC)
        await desk.deliver()
        ((due_at,),) = await desk.ask("SELECT due_at FROM notification_deliveries")
        assert began + wait <= due_at <= datetime.now(UTC) + wait
        await desk.everything_is_due()
    await desk.deliver()
    assert await desk.outcomes() == ["failure"]
    assert (desk.count("retry"), desk.count("failure")) == (len(WAITS), 1)
    assert len(desk.carriers[EMAIL].letters) == len(WAITS) + 1
    assert timedelta(hours=18) < sum(WAITS, timedelta()) < timedelta(days=1)


async def test_who_dies_with_a_letter_in_hand_leaves_it_to_the_next(desk: Desk) -> None:
    await desk.wish()
    await desk.tell()
    desk.carriers[EMAIL] = Recorded()
    await desk.work.plan()
    assert len(await desk.ledger.notifications.claim([EMAIL], 10, lease_s=0.2)) == 1
    assert await desk.ledger.notifications.claim([EMAIL], 10, lease_s=0.2) == []
    await asyncio.sleep(0.3)
    await desk.deliver()
    assert len(desk.carriers[EMAIL].letters) == 1


async def test_two_replicas_never_take_the_same_letter(desk: Desk) -> None:
    desk.carriers[EMAIL] = Recorded()
    await desk.wish()
    for number in range(60):
        await desk.tell(title=str(number))
    await desk.work.plan()
    claims = await asyncio.gather(
        *(desk.ledger.notifications.claim([EMAIL], 20, lease_s=60) for _ in range(4))
    )
    ids = [letter.notification_id for letters in claims for letter in letters]
    assert len(ids) == len(set(ids)) == 60


async def test_a_late_settlement_does_not_touch_what_another_has_claimed(desk: Desk) -> None:
    desk.carriers[EMAIL] = Recorded()
    await desk.wish()
    await desk.tell()
    await desk.work.plan()
    (mine,) = await desk.ledger.notifications.claim([EMAIL], 10, lease_s=0)
    await desk.ledger.notifications.claim([EMAIL], 10, lease_s=60)
    await desk.ledger.notifications.put_off(mine, datetime.now(UTC), tried=True)
    assert await desk.ledger.notifications.claim([EMAIL], 10, lease_s=60) == []


async def test_preferences_and_addresses_decide_by_type_and_channel(desk: Desk) -> None:
    await desk.wish("ann", ANN, wanted={("warning", "email"): False})
    await desk.wish("bob", BOB, phone="+15005550006")
    await desk.wish("cleo", None, phone="+15005550009", wanted={("warning", "sms"): True})
    desk.carriers = {EMAIL: Recorded(), SMS: Recorded()}
    for user in ("ann", "bob", "cleo", "dora"):
        await desk.tell(user)
    await desk.tell("ann", type=NotificationType.ERROR)
    await desk.run()
    assert desk.carriers[EMAIL].told == [("ann", ANN), ("bob", BOB)]
    assert desk.carriers[SMS].told == [("cleo", "+15005550009")]


async def test_a_channel_that_was_not_asked_for_is_not_used(desk: Desk) -> None:
    await desk.wish()
    desk.carriers[EMAIL] = Recorded()
    await desk.tell(channels=())
    await desk.tell(channels=(SMS,))
    await desk.run()
    assert desk.carriers[EMAIL].letters == []
    assert desk.count("success", "in_app") == 2


async def test_who_changes_their_mind_after_planning_is_not_told(desk: Desk) -> None:
    await desk.wish()
    await desk.tell()
    desk.carriers[EMAIL] = Recorded()
    await desk.work.plan()
    await desk.wish(email=None)
    await desk.deliver()
    assert desk.carriers[EMAIL].letters == []
    assert await desk.outcomes() == ["unwanted"]


async def test_a_tenants_notification_goes_to_its_users_and_one_for_everybody_to_all(desk: Desk) -> None:
    await desk.wish("ann", ANN)
    await desk.wish("bob", BOB, tenant="globex")
    desk.carriers[EMAIL] = Recorded()
    await desk.tell(None, "acme")
    await desk.run()
    assert desk.carriers[EMAIL].told == [("ann", ANN)]
    await desk.tell(None, "")
    await desk.run()
    assert desk.carriers[EMAIL].told == [("ann", ANN), ("ann", ANN), ("bob", BOB)]


async def test_what_is_for_administrators_of_a_tenant_goes_to_no_user(desk: Desk) -> None:
    await desk.wish("ann", ANN)
    await desk.wish("bob", BOB, role="tenant_admin")
    await desk.wish("cleo", "cleo@example.com", role="admin")
    desk.carriers[EMAIL] = Recorded()
    await desk.tell(None, role="tenant_admin")
    await desk.run()
    assert desk.carriers[EMAIL].told == [("bob", BOB), ("cleo", "cleo@example.com")]
    seen = "SELECT count(*) FROM notifications_of('acme', 'ann', '{user}')"
    assert await desk.ask(seen) == [(0,)]


async def test_a_notification_of_many_is_planned_page_by_page(desk: Desk) -> None:
    await desk.ask(
        "INSERT INTO notification_users (tenant, user_id, email) "
        "SELECT t, 'u' || n, n || '@example.com' FROM generate_series(1, 1500) n, unnest('{acme,globex}'::text[]) t "
        "RETURNING 1"
    )
    desk.carriers[EMAIL] = Recorded()
    await desk.tell(None, "acme", channels=(EMAIL,))
    await desk.tell(None, "", channels=(EMAIL,))
    await desk.work.plan()
    assert await desk.ask("SELECT tenant, count(*) FROM notification_deliveries GROUP BY 1 ORDER BY 1") == [
        ("acme", 3_000), ("globex", 1_500),
    ]  # fmt: skip
    assert desk.count("success", "in_app") == 2


async def test_scheduled_ones_are_planned_when_they_are_due(desk: Desk) -> None:
    await desk.wish()
    desk.carriers[EMAIL] = Recorded()
    await desk.tell(deliver_at=datetime.now(UTC) + timedelta(hours=1))
    await desk.run()
    assert (desk.carriers[EMAIL].letters, desk.count("success", "in_app")) == ([], 0)
    await desk.ask("UPDATE notifications SET deliver_at = now() RETURNING 1")
    await desk.run()
    assert (len(desk.carriers[EMAIL].letters), desk.count("success", "in_app")) == (1, 1)


async def test_quiet_hours_keep_mail_until_morning_and_nothing_in_app(desk: Desk) -> None:
    await desk.wish(time_zone="Europe/Berlin", quiet=QuietHours("Europe/Berlin", time(22), time(7)))
    await desk.tell()
    desk.carriers[EMAIL] = Recorded()
    desk.now = lambda: datetime(2096, 11, 20, 23, 0, tzinfo=UTC)
    await desk.run()
    assert desk.carriers[EMAIL].letters == []
    assert desk.count("success", "in_app") == 1
    morning = datetime(2096, 11, 21, 6, 0, tzinfo=UTC)
    assert await desk.ask("SELECT due_at, tries FROM notification_deliveries") == [(morning, 0)]
    desk.now = lambda: morning
    await desk.everything_is_due()
    await desk.run()
    assert desk.carriers[EMAIL].told == [("ann", ANN)]


async def test_one_delete_removes_everything_of_a_user(desk: Desk) -> None:
    await desk.wish(wanted={("info", "email"): False})
    await desk.tell()
    desk.carriers[EMAIL] = Recorded()
    await desk.run()
    await desk.ledger.notifications.read(Inbox("acme", "ann", "user"), None)
    await desk.ask("DELETE FROM notification_users WHERE tenant = 'acme' AND user_id = 'ann' RETURNING 1")
    tables = ("notifications", "notification_marks", "notification_preferences", "notification_deliveries")
    for table in tables:
        assert await desk.ask(f"TABLE {table}") == [], table


async def test_what_is_old_is_forgotten(desk: Desk) -> None:
    await desk.wish()
    desk.carriers[EMAIL] = Recorded()
    await desk.tell(title="old")
    await desk.tell(title="new")
    await desk.run()
    await desk.ledger.notifications.read(Inbox("acme", "ann", "user"), None)
    for aged in (
        "UPDATE notifications SET created_at = now() - interval '91 days', deliver_at = now() - interval '91 days' "
        "WHERE title = 'old' RETURNING 1",
        "UPDATE notification_marks SET marked_at = now() - interval '91 days' RETURNING 1",
        "UPDATE notification_deliveries SET planned_at = now() - interval '91 days' RETURNING 1",
    ):
        await desk.ask(aged)
    await desk.ledger.keep()
    assert await desk.ask("SELECT title FROM notifications") == [("new",)]
    assert await desk.ask("SELECT 1 FROM notification_marks, notification_deliveries") == []


async def test_one_letter_that_cannot_be_settled_keeps_no_other_from_being_tried(desk: Desk) -> None:
    await desk.wish()
    await desk.wish("bob", BOB)
    await desk.tell()
    await desk.tell("bob")

    class Cut(Recorded):
        async def carry(self, letter: Letter) -> None:
            await super().carry(letter)
            if letter.user == "ann":
                raise LedgerUnavailable("away")

    desk.carriers[EMAIL] = Cut()
    await desk.work.plan()
    with pytest.raises(LedgerUnavailable):
        await desk.deliver()
    assert await desk.outcomes() == [None, "success"]
    desk.carriers[EMAIL] = Recorded()
    await desk.everything_is_due()
    await desk.deliver()
    assert (await desk.outcomes(), desk.carriers[EMAIL].told) == (["success"] * 2, [("ann", ANN)])
