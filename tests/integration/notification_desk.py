"""The outbox of notifications at work in a test: a ledger, channels, users with wishes, and a clock that tests turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg

from exporter.ledger.notification_inbox import Wishes
from exporter.ledger.notifications import Inbox, Letter, Notice
from exporter.notifications.carrier import NotCarried
from exporter.notifications.delivery import Delivery
from exporter.vocabulary import NotificationChannel, NotificationType
from tests.conftest import Replica

EMAIL, SMS = NotificationChannel.EMAIL, NotificationChannel.SMS
OUTSIDE = (EMAIL, NotificationChannel.WEBHOOK, SMS)
ANN, BOB = "ann@example.com", "bob@example.com"


class Recorded:
    """A channel that takes what it is not told to refuse."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.trouble: NotCarried | None = None

    async def carry(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self.trouble is not None:
            raise self.trouble

    @property
    def told(self) -> list[tuple[str, str]]:
        return sorted((letter.user, letter.address or "") for letter in self.letters)


class Desk:
    """A ledger with an outbox at work, and a clock that tests turn."""

    def __init__(self, replica: Replica, dsn: str) -> None:
        self.ledger = replica.ledger
        self.registry = replica.registry
        self.dsn = dsn
        self.carriers: dict[NotificationChannel, Any] = {}
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.work = Delivery(
            self.ledger.notifications, lambda: self.carriers, replica.metrics, lambda: self.now()
        )

    async def run(self) -> None:
        await self.work.plan()
        await self.deliver()

    async def deliver(self) -> None:
        for channel in self.carriers:
            await self.work.deliver(channel)

    async def tell(self, user: str | None = "ann", tenant: str = "acme", **fields: Any) -> None:
        about = {"type": NotificationType.WARNING, "title": "Title", "message": "Text", "channels": OUTSIDE}
        await self.ledger.notifications.add([Notice(tenant, user, **{**about, **fields})])  # type: ignore[arg-type]

    async def wish(self, user: str = "ann", email: str | None = ANN, **fields: Any) -> None:
        about = {
            "phone": None,
            "time_zone": "UTC",
            "quiet": None,
            "wanted": {},
            "tenant": "acme",
            "role": "user",
        }
        said = {**about, **fields}
        inbox = Inbox(said.pop("tenant"), user, said.pop("role"))
        await self.ledger.set_wishes(inbox, Wishes(email, **said))

    async def ask(self, query: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def everything_is_due(self) -> None:
        await self.ask("UPDATE notification_deliveries SET due_at = now() WHERE outcome IS NULL RETURNING 1")

    async def outcomes(self) -> list[str | None]:
        return [
            row[0]
            for row in await self.ask("SELECT outcome FROM notification_deliveries ORDER BY user_id, channel")
        ]

    def count(self, outcome: str, channel: str = "email", kind: str = "warning") -> float | None:
        labels = {"type": kind, "channel": channel, "outcome": outcome}
        return self.registry.get_sample_value("comms_notifications_total", labels)
