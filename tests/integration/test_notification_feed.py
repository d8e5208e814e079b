"""Notifications of what the ledger holds: each event told once, whatever happens between two lines."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from exporter.config import NotificationsConfig
from exporter.errors import LedgerUnavailable
from exporter.event import Credit, Entry, Payment, Submission
from exporter.ledger.notification_feed import TELLING, CreditMarks, News, NotificationFeed
from exporter.notifications.news import news
from exporter.vocabulary import PaymentState
from tests.conftest import Replica, RunningLedger, step
from tests.integration.test_follower import examples


async def ask(dsn: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def post(one: Replica, *balances: int) -> None:
    await one.ledger.append(
        [
            Submission(
                "track", Credit(at=datetime.now(UTC), tenant="acme", user="42", balance=Decimal(n)), b"{}"
            )
            for n in balances
        ]
    )


async def pay(one: Replica, number: int) -> None:
    event = Payment(
        at=datetime.now(UTC), tenant="acme", user="42", state=PaymentState.FAILED, amount=Decimal(number)
    )
    await one.ledger.append([Submission("stripe", event, b"{}", f"failed:{number}")])


def feed_of(one: Replica) -> NotificationFeed:
    return one.ledger.notification_feed(lambda entries, marks: news(entries, marks, NotificationsConfig()))


async def test_what_is_stored_is_told_once(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        feed = feed_of(one)
        await post(one, 1_000, 999, 500)
        await pay(one, 1)
        await pay(one, 1)
        assert await feed.run() == 2
        assert await feed.run() == 0
        assert await feed_of(one).run() == 0
    assert await ask(dsn, "SELECT title, user_id, data::text FROM notifications ORDER BY title") == [
        ("Low Credits", "42", '{"credits_remaining":999}'),
        ("Payment Failed", "42", '{"amount":1,"currency":"USD"}'),
    ]


async def test_a_crossing_over_pages_and_restarts_is_one_crossing(replica: RunningLedger, dsn: str) -> None:
    for balance in (1_500, 999, 998, 1_000, 999):
        async with replica() as one:
            await post(one, balance)
            await feed_of(one).run()
    assert await ask(dsn, "SELECT count(*) FROM notifications") == [(2,)]


async def test_a_page_that_breaks_off_is_told_whole_by_the_next_run(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await post(one, 999)
        await pay(one, 1)

        def breaks(entries: Any, marks: CreditMarks) -> News:
            raise LedgerUnavailable("cut")

        with pytest.raises(LedgerUnavailable):
            await one.ledger.notification_feed(breaks).run()
        assert await ask(dsn, "SELECT seq FROM checkpoints WHERE name = 'notifications'") == [(0,)]
        assert await feed_of(one).run() == 2


async def test_of_two_replicas_at_one_page_only_one_tells_it(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one, replica() as other:
        await post(one, 999)

        def slower(entries: Any, marks: CreditMarks) -> News:
            return news(entries, marks, NotificationsConfig())

        assert await feed_of(one).run() + await other.ledger.notification_feed(slower).run() == 1
        await ask(dsn, "UPDATE checkpoints SET seq = 0 WHERE name = 'notifications' RETURNING 1")
        await ask(dsn, "UPDATE notification_users SET credits_at = NULL, credits_low = false RETURNING 1")
        assert await feed_of(one).run() == 0
    assert await ask(dsn, "SELECT count(*) FROM notifications") == [(1,)]


async def test_events_of_more_than_a_page_are_all_read(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await post(one, *[2_000, 1] * 2_100)
        assert await feed_of(one).run() == 2_100


async def test_what_tells_nothing_is_passed_over_stretch_by_stretch(
    replica: RunningLedger, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.ledger.notification_feed._STRETCH_EVENTS", 7)
    async with replica() as one:
        feed = feed_of(one)
        await one.ledger.append([step(f"SM{n}") for n in range(20)])
        await post(one, 999)
        await one.ledger.append([step(f"SM{n}", "delivered") for n in range(20)])
        await pay(one, 1)
        assert await feed.run() == 2
    assert await ask(dsn, "SELECT seq FROM checkpoints WHERE name = 'notifications'") == [(42,)]


async def test_nothing_but_messages_moves_the_feed_on(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step(f"SM{n}") for n in range(20)])
        assert await feed_of(one).run() == 0
    assert await ask(dsn, "SELECT seq FROM checkpoints WHERE name = 'notifications'") == [(20,)]


def test_no_other_kind_of_event_tells_anybody_anything() -> None:
    others = [event for event in examples() if type(event) not in TELLING]
    now = datetime.now(UTC)
    entries = [
        Entry(seq, "track", replace(event, at=now, user="42"), now) for seq, event in enumerate(others, 1)
    ]
    assert len(others) >= 7
    assert news(entries, {}, NotificationsConfig()) == News([], {})
