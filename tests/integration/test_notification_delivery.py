"""The outbox of notifications: each channel by itself, each letter at least once, and what is kept of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from exporter.errors import LedgerUnavailable
from exporter.ledger.notifications import Inbox, Letter
from exporter.notifications.carrier import NotCarried
from exporter.notifications.delivery import WAITS
from tests.integration.notification_desk import ANN, BOB, EMAIL, SMS, Desk, Recorded


async def test_every_label_set_stands_at_zero_from_the_start(desk: Desk) -> None:
    assert desk.count("success", "in_app") == 0
    assert [desk.count(outcome) for outcome in ("success", "retry", "refused", "failure")] == [0] * 4
    assert desk.count("failure", "in_app") is None


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
