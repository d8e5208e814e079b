"""What a user reads of notifications, and says of how to be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from exporter.ledger.connection import Pool, PoolConnection, passing_errors
from exporter.ledger.notifications import Inbox, Notified, QuietHours
from exporter.ledger.statement import statement


class Filter(NamedTuple):
    """Which of them; None is any."""

    is_read: bool | None = None
    type: str | None = None


class Wishes(NamedTuple):
    """How a user wants to be told.

    Attributes:
        wanted: by type and channel; what is not in it is as by default.
    """

    email: str | None
    phone: str | None
    time_zone: str
    quiet: QuietHours | None
    wanted: Mapping[tuple[str, str], bool]


async def listed(
    connection: PoolConnection, inbox: Inbox, chosen: Filter, limit: int, offset: int
) -> tuple[list[Notified], int]:
    """A page of notifications, the newest first, and how many there are in all."""
    rows = await connection.fetch(statement("list_notifications"), *inbox.whose, *chosen, limit, offset)
    if rows or not offset:
        return [Notified(*tuple(row)[:-1]) for row in rows], rows[0]["total"] if rows else 0
    return [], await counted(connection, inbox, chosen)


async def counted(connection: PoolConnection, inbox: Inbox, chosen: Filter) -> int:
    """How many there are."""
    number: int = await connection.fetchval(statement("count_notifications"), *inbox.whose, *chosen)
    return number


async def wishes(connection: PoolConnection, tenant: str, user: str) -> Wishes:
    """What a user said; the defaults where they said nothing."""
    row = await connection.fetchrow(statement("notification_user"), tenant, user)
    rows = await connection.fetch(statement("notification_preferences"), tenant, user)
    wanted = {(one["type"], one["channel"]): one["wanted"] for one in rows}
    if row is None:
        return Wishes(None, None, "UTC", None, wanted)
    email, phone, time_zone, begin, end = row
    return Wishes(
        email, phone, time_zone, None if begin is None else QuietHours(time_zone, begin, end), wanted
    )


async def set_wishes(connected: Callable[[], Pool], inbox: Inbox, said: Wishes) -> None:
    """Put these in the place of what the user said before.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    quiet = (said.quiet.begin, said.quiet.end) if said.quiet else (None, None)
    about = (inbox.tenant, inbox.user, inbox.role, said.email, said.phone, said.time_zone, *quiet)
    rows = [(*kind, wanted) for kind, wanted in said.wanted.items()]
    columns = list(map(list, zip(*rows, strict=True))) or [[] for _ in range(3)]
    async with passing_errors(), connected().acquire() as connection, connection.transaction():
        await connection.execute(statement("set_notification_user"), *about)
        await connection.execute(
            statement("set_notification_preferences"), inbox.tenant, inbox.user, *columns
        )
