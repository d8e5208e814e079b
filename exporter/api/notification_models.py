"""What is asked and answered at /api/v1/notifications."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, AwareDatetime, Field

from exporter.api.answer import Answer
from exporter.api.endpoint import Body, Parameters
from exporter.api.stored_text import Line, Prose, StoredId
from exporter.vocabulary import NotificationChannel, NotificationType

_MOST_DATA_BYTES = 8_192
_LATEST = timedelta(days=366)

Kind = Literal["info", "warning", "error", "success"]
"""NotificationType written out: parameters of OpenAPI refer to nothing."""


def _small_json(value: dict[str, Any]) -> dict[str, Any]:
    try:
        text = orjson.dumps(value)
    except TypeError:
        raise ValueError("must be JSON with numbers of at most 64 bits") from None
    if len(text) > _MOST_DATA_BYTES:
        raise ValueError(f"must have at most {_MOST_DATA_BYTES} bytes")
    return value


def _soon(value: datetime) -> datetime:
    """At once where it is past: PostgreSQL does not take every time that has been."""
    now = datetime.now(UTC)
    if value > now + _LATEST:
        raise ValueError("must be within a year")
    return max(value, now)


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
    type: Kind | None = None
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
