"""Due notifications become letters for users, and events for the webhook endpoints of their tenant.

Each page is one transaction, so that a crash neither loses an event nor tells it twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from exporter.ledger.connection import PoolConnection
from exporter.ledger.statement import statement
from exporter.ledger.webhook_queue import enqueue
from exporter.vocabulary import NotificationChannel, NotificationType

CREATED = "notification.created"
"""What webhook endpoints call it."""
_OWN_AT_ONCE = 500
_RECIPIENTS_AT_ONCE = 1_000


class Planned(NamedTuple):
    """A notification that is due.

    Attributes:
        is_whole: all its letters are planned, and not only those of some of its users.
        dropped: webhook endpoints that had no room for it.
    """

    type: NotificationType
    is_whole: bool
    dropped: int


async def plan_own(connection: PoolConnection, channels: Sequence[NotificationChannel]) -> list[Planned]:
    """Plan some that are for one user each."""
    return await _plan(connection, "plan_own_notifications", channels, _OWN_AT_ONCE)


async def plan_shared(
    connection: PoolConnection, channels: Sequence[NotificationChannel], roles: Sequence[str]
) -> list[Planned]:
    """Plan one that is for many, or a part of it."""
    return await _plan(connection, "plan_shared_notification", channels, _RECIPIENTS_AT_ONCE, roles)


async def _plan(connection: PoolConnection, name: str, *arguments: object) -> list[Planned]:
    async with connection.transaction():
        rows = await connection.fetch(statement(name), *arguments)
        return [
            Planned(NotificationType(row["type"]), row["planned"], await _tell_webhooks(connection, row))
            for row in rows
        ]


async def _tell_webhooks(connection: PoolConnection, row: Any) -> int:
    """Once for a notification, however many users it is for; the answer is how many endpoints had no room."""
    if not (row["planned"] and row["is_for_webhooks"]):
        return 0
    names = ("id", "user_id", "type", "title", "message", "created_at")
    data = {name: row[name] for name in names}
    data["data"] = None if row["data"] is None else orjson.Fragment(row["data"])
    dropped = 0
    for (tenant,) in await connection.fetch(statement("webhook_tenants"), row["tenant"]):
        dropped += (await enqueue(connection, tenant, CREATED, data, user=row["user_id"])).dropped
    return dropped
