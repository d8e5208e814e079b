"""What users are told, and the outbox of what is told outside the application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from exporter.errors import LedgerUnavailable
from exporter.ledger.connection import Pool, PoolConnection, passing_errors
from exporter.ledger.notification_plan import Planned, plan_own, plan_shared
from exporter.ledger.statement import statement
from exporter.vocabulary import NotificationChannel, NotificationOutcome, NotificationType

ROLES = ["user", "tenant_admin", "admin"]
"""From the lowest to the highest, as in tokens."""
_COLUMNS = 10


class Notice(NamedTuple):
    """Something to tell.

    Attributes:
        tenant: empty for everybody, where `user` is None too.
        user: None for everybody of the tenant who has at least this `role`.
        data: a JSON object as text.
        cause: told once; None where a person wrote it.
        channels: those it asks for beside in-app; what a user prefers decides.
        deliver_at: not before then; None is at once.
    """

    tenant: str
    user: str | None
    type: NotificationType
    title: str
    message: str
    data: str | None = None
    cause: str | None = None
    role: str = "user"
    channels: tuple[NotificationChannel, ...] = ()
    deliver_at: datetime | None = None


class Notified(NamedTuple):
    """A notification as it is kept; `data` as Notice."""

    id: UUID
    user_id: str | None
    type: str
    title: str
    message: str
    data: str | None
    is_read: bool
    read_at: datetime | None
    created_at: datetime
    deliver_at: datetime


class Inbox(NamedTuple):
    """Whose notifications: a user's of a tenant, by the role of their token."""

    tenant: str
    user: str
    role: str

    @property
    def whose(self) -> tuple[str, str, list[str]]:
        """As statements ask for it."""
        return self.tenant, self.user, ROLES[: ROLES.index(self.role) + 1]


class QuietHours(NamedTuple):
    """Local times between which a person is left alone."""

    time_zone: str
    begin: time
    end: time


class Letter(NamedTuple):
    """A notification that is handed to a channel for a user.

    Attributes:
        tries: this one included.
        planned_at: when it was put into the outbox; no try is older.
        is_wanted: whether the user can still be reached there and still wants it.
    """

    tenant: str
    user: str
    notification_id: UUID
    channel: NotificationChannel
    tries: int
    type: NotificationType
    title: str
    message: str
    address: str | None
    quiet: QuietHours | None
    is_wanted: bool
    planned_at: datetime


class Notifications:
    """Writing notifications; each method raises LedgerUnavailable when the ledger does not answer."""

    def __init__(self, connected: Callable[[], Pool]) -> None:
        self._connected = connected

    async def add(self, notices: Sequence[Notice]) -> list[Notified]:
        """Keep those whose cause was not told yet."""
        async with _asking(self._connected) as connection:
            return await add(connection, notices)

    async def read(self, inbox: Inbox, notification_id: UUID | None) -> int:
        """Mark one, or all that are unread, as read; the answer is how many."""
        return await self._mark(inbox, notification_id, is_deleted=False)

    async def delete(self, inbox: Inbox, notification_id: UUID) -> int:
        """Show a notification to this user no more."""
        return await self._mark(inbox, notification_id, is_deleted=True)

    async def _mark(self, inbox: Inbox, notification_id: UUID | None, *, is_deleted: bool) -> int:
        async with _asking(self._connected) as connection:
            asked = (*inbox.whose, notification_id, is_deleted)
            marked: int = await connection.fetchval(statement("mark_notifications"), *asked)
        return marked

    async def plan(self, carried: Collection[NotificationChannel]) -> list[Planned]:
        """Put what is due into the outboxes, by what its users want; the answer is what is due now."""
        channels, planned = list(carried), list[Planned]()
        async with _asking(self._connected) as connection:
            while some := await plan_own(connection, channels):
                planned += some
            while some := await plan_shared(connection, channels, ROLES):
                planned += some
        return [one for one in planned if one.is_whole]

    async def claim(
        self, carried: Collection[NotificationChannel], limit: int, lease_s: float
    ) -> list[Letter]:
        """Take letters that are due; whoever does not settle one within the lease leaves it to others."""
        async with _asking(self._connected) as connection:
            rows = await connection.fetch(statement("claim_deliveries"), list(carried), limit, lease_s)
        return [_letter(row) for row in rows]

    async def settle(self, letter: Letter, outcome: NotificationOutcome | None) -> None:
        """Write down what became of a letter for good; None is that nobody wants it any more."""
        await self._settle(letter, "unwanted" if outcome is None else outcome.value, None, letter.tries)

    async def put_off(self, letter: Letter, until: datetime, *, tried: bool) -> None:
        """Have a letter due again later."""
        await self._settle(letter, None, until, letter.tries if tried else letter.tries - 1)

    async def _settle(self, letter: Letter, outcome: str | None, due_at: datetime | None, tries: int) -> None:
        key = (letter.tenant, letter.user, letter.notification_id, letter.channel, letter.tries)
        async with _asking(self._connected) as connection:
            await connection.execute(statement("settle_delivery"), *key, outcome, due_at, tries)


async def add(connection: PoolConnection, notices: Iterable[Notice]) -> list[Notified]:
    """See Notifications.add; in the transaction of the caller."""
    rows = [notice._replace(channels=",".join(notice.channels)) for notice in notices]  # type: ignore[arg-type]
    ordered = [
        (n.tenant, n.user, n.role, n.type, n.title, n.message, n.data, n.cause, n.channels, n.deliver_at)
        for n in rows
    ]
    columns = list(map(list, zip(*ordered, strict=True))) or [[] for _ in range(_COLUMNS)]
    return [Notified(*row) for row in await connection.fetch(statement("add_notifications"), *columns)]


@asynccontextmanager
async def erasures_passing() -> AsyncIterator[None]:
    """Turn the error about a user who was erased meanwhile into one that is over at the next try."""
    try:
        yield
    except asyncpg.ForeignKeyViolationError:
        # Out of reach of the error, which names the user.
        raise LedgerUnavailable("a user was erased meanwhile") from None


@asynccontextmanager
async def _asking(connected: Callable[[], Pool]) -> AsyncIterator[PoolConnection]:
    async with passing_errors(), erasures_passing(), connected().acquire() as connection:
        yield connection


def _letter(row: Any) -> Letter:
    begin, end = row["quiet_from"], row["quiet_to"]
    return Letter(
        row["tenant"],
        row["user_id"],
        row["notification_id"],
        NotificationChannel(row["channel"]),
        row["tries"],
        NotificationType(row["type"]),
        row["title"],
        row["message"],
        row["address"],
        None if begin is None else QuietHours(row["time_zone"], begin, end),
        row["is_wanted"],
        row["planned_at"],
    )
