"""/api/v1/notifications: what users are told, read and put away; administrators write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import orjson
from pydantic import AfterValidator, AwareDatetime, Field

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Body, Endpoint, Parameters
from exporter.api.stored_text import Line, Prose, StoredId
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.notification_inbox import Filter, counted, listed
from exporter.ledger.notifications import Inbox, Notice, Notified
from exporter.notifications.texts import read_data
from exporter.vocabulary import NotificationChannel, NotificationType

if TYPE_CHECKING:
    from exporter.api.endpoints import Sources

PATH = "/api/v1/notifications"
_MOST_DATA_BYTES = 8_192
_LATEST = timedelta(days=366)


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


def _small_json(value: dict[str, Any]) -> dict[str, Any]:
    try:
        text = orjson.dumps(value)
    except TypeError:
        raise ValueError("must be JSON with numbers of at most 64 bits") from None
    if len(text) > _MOST_DATA_BYTES:
        raise ValueError(f"must have at most {_MOST_DATA_BYTES} bytes")
    return value


def _soon(value: datetime) -> datetime:
    if value > datetime.now(UTC) + _LATEST:
        raise ValueError("must be within a year")
    return value


class NewNotification(Body):
    """A notification to be; `send_…` ask for more channels, which the users' own wishes may turn off."""

    type: NotificationType
    title: Annotated[Line, Field(max_length=255)]
    message: Annotated[Prose, Field(max_length=4_000)]
    data: Annotated[dict[str, Any], AfterValidator(_small_json)] | None = None
    user_id: StoredId | None = None
    send_email: bool = False
    send_webhook: bool = False
    send_sms: bool = False
    deliver_at: Annotated[AwareDatetime, AfterValidator(_soon)] | None = None

    @property
    def channels(self) -> tuple[NotificationChannel, ...]:
        """Those that are asked for."""
        asked = (
            (self.send_email, NotificationChannel.EMAIL),
            (self.send_webhook, NotificationChannel.WEBHOOK),
            (self.send_sms, NotificationChannel.SMS),
        )
        return tuple(channel for is_asked, channel in asked if is_asked)


class Notification(Answer):
    """A notification; `user_id` is null where it is for many."""

    id: UUID
    user_id: str | None
    type: NotificationType
    title: str
    message: str
    data: dict[str, Any] | None
    is_read: bool
    read_at: datetime | None
    created_at: datetime
    deliver_at: datetime


class ListParameters(Parameters):
    """Which notifications."""

    is_read: bool | None = None
    type: NotificationType | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    offset: Annotated[int, Field(ge=0, le=10_000)] = 0


class NotificationList(Answer):
    """A page of them; `total` counts all that the filter lets through."""

    notifications: list[Notification]
    total: int
    limit: int
    offset: int


class UnreadCount(Answer):
    """How many are unread."""

    unread_count: int


class OneOf(Parameters):
    """Which one."""

    notification_id: UUID


class Done(Answer):
    """What was done."""

    message: str


class DoneAll(Done):
    """What was done, and how often."""

    count: int


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
