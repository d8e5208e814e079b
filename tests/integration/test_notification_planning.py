"""Who is told of a notification, on which channel and when, as users want it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from exporter.ledger.notifications import QuietHours
from exporter.vocabulary import NotificationType
from tests.integration.notification_desk import ANN, BOB, EMAIL, SMS, Desk, Recorded


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
