"""/api/v1/notifications: what users are told, read and put away; administrators write."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import orjson

from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.notification_models import (
    Done,
    DoneAll,
    ListParameters,
    NewNotification,
    Notification,
    NotificationList,
    OneOf,
    UnreadCount,
)
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.notification_inbox import Filter, counted, listed
from exporter.ledger.notifications import Inbox, Notice, Notified
from exporter.notifications.texts import read_data

if TYPE_CHECKING:
    from exporter.api.sources import Sources

PATH = "/api/v1/notifications"


def notification_endpoints(sources: Sources) -> list[Endpoint]:
    """Those of notifications, but for the wishes of users."""
    one = f"{PATH}/{{notification_id}}"
    return [
        Endpoint(
            "POST", PATH, _CREATE, Role.ADMIN, partial(_create, sources), Notification, body=NewNotification
        ),
        Endpoint(
            "GET", PATH, "Your notifications, the newest first.", Role.USER, partial(_list, sources),
            NotificationList, ListParameters,
        ),
        Endpoint(
            "GET", f"{PATH}/unread-count", "How many are unread.", Role.USER, partial(_unread, sources),
            UnreadCount,
        ),
        Endpoint("PUT", f"{one}/read", "Mark one as read.", Role.USER, partial(_read, sources), Done, OneOf),
        Endpoint(
            "PUT", f"{PATH}/read-all", "Mark all as read.", Role.USER, partial(_read_all, sources), DoneAll
        ),
        Endpoint(
            "DELETE", one, "Put one away.", Role.USER, partial(_delete, sources), parameters=OneOf, status=204
        ),
    ]  # fmt: skip


_CREATE = (
    "Tell a user, a tenant or everybody. The tenant is that of X-Tenant-Id or the token; without one and "
    "without user_id, everybody is told."
)


def inbox_of(asked: Asked) -> Inbox:
    """The caller's own; that of an admin of no tenant has none, but what is for everybody."""
    return Inbox(asked.tenant or "", asked.caller.user, asked.caller.role.value)


async def _create(sources: Sources, asked: Asked) -> Notification:
    wanted: NewNotification = asked.body
    if wanted.user_id is not None:
        # Of no tenant are administrators only, whom nobody writes to by name.
        _ = asked.one_tenant
    (made,) = await sources.ledger.notifications.add(
        [
            Notice(
                asked.tenant or "",
                wanted.user_id,
                wanted.type,
                wanted.title,
                wanted.message,
                data=None if wanted.data is None else orjson.dumps(wanted.data).decode(),
                channels=wanted.channels,
                deliver_at=wanted.deliver_at,
            )
        ]
    )
    return _shown(made)


async def _list(sources: Sources, asked: Asked) -> NotificationList:
    page: ListParameters = asked.parameters
    chosen = Filter(page.is_read, page.type)
    async with sources.reader.of(asked.tenant) as connection:
        found, total = await listed(connection, inbox_of(asked), chosen, page.limit, page.offset)
    shown = [_shown(one) for one in found]
    return NotificationList(notifications=shown, total=total, limit=page.limit, offset=page.offset)


async def _unread(sources: Sources, asked: Asked) -> UnreadCount:
    async with sources.reader.of(asked.tenant) as connection:
        return UnreadCount(unread_count=await counted(connection, inbox_of(asked), Filter(is_read=False)))


async def _read(sources: Sources, asked: Asked) -> Done:
    _known(await sources.ledger.notifications.read(inbox_of(asked), asked.parameters.notification_id))
    return Done(message="Notification marked as read")


async def _read_all(sources: Sources, asked: Asked) -> DoneAll:
    count = await sources.ledger.notifications.read(inbox_of(asked), None)
    return DoneAll(message=f"Marked {count} notifications as read", count=count)


async def _delete(sources: Sources, asked: Asked) -> None:
    _known(await sources.ledger.notifications.delete(inbox_of(asked), asked.parameters.notification_id))


def _known(found: int) -> None:
    if not found:
        raise Refusal(RefusalReason.NOT_FOUND, "you have no such notification")


def _shown(one: Notified) -> Notification:
    data = None if one.data is None else read_data(one.data)
    # asyncpg's own kind of UUID is none that JSON can be made of.
    return Notification.model_validate({**one._asdict(), "id": str(one.id), "data": data})
