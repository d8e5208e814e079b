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

    type: NotificationType = Field(description="What kind of news it is.")
    title: Annotated[Line, Field(description="One line.", max_length=255)]
    message: Annotated[Prose, Field(description="What is to be said.", max_length=4_000)]
    data: Annotated[dict[str, Any], AfterValidator(_small_json)] | None = Field(
        default=None, description="Anything for programs, as a JSON object of at most 8 KiB."
    )
    user_id: StoredId | None = Field(
        default=None, description="Whom to tell; everybody of the tenant without one."
    )
    send_email: bool = Field(default=False, description="Whether to send a mail as well.")
    send_webhook: bool = Field(default=False, description="Whether to call webhooks as well.")
    send_sms: bool = Field(default=False, description="Whether to send an SMS as well.")
    deliver_at: Annotated[AwareDatetime, AfterValidator(_soon)] | None = Field(
        default=None, description="When to tell; at once without a time."
    )

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

    id: UUID = Field(description="Its name.")
    user_id: str | None = Field(description="Whom it is for; null where it is for many.")
    type: NotificationType = Field(description="What kind of news it is.")
    title: str = Field(description="One line.")
    message: str = Field(description="What is said.")
    data: dict[str, Any] | None = Field(description="Anything for programs.")
    is_read: bool = Field(description="Whether the caller has read it.")
    read_at: datetime | None = Field(description="When the caller read it.")
    created_at: datetime = Field(description="When it was written.")
    deliver_at: datetime = Field(description="When it was told.")


class ListParameters(Parameters):
    """Which notifications."""

    is_read: bool | None = Field(
        default=None, description="Only what is read, or only what is not.", examples=[False]
    )
    type: Kind | None = Field(default=None, description="One kind of news only.")
    limit: Annotated[int, Field(description="How many a page has.", ge=1, le=200)] = 50
    offset: Annotated[int, Field(description="How many to leave out.", ge=0, le=10_000)] = 0


class NotificationList(Answer):
    """A page of them; `total` counts all that the filter lets through."""

    notifications: list[Notification] = Field(description="The newest first.")
    total: int = Field(description="How many the filter lets through.")
    limit: int = Field(description="How many a page has.")
    offset: int = Field(description="How many were left out.")


class UnreadCount(Answer):
    """How many are unread."""

    unread_count: int = Field(description="How many are unread.")


class OneOf(Parameters):
    """Which one."""

    notification_id: UUID = Field(description="The name of the notification.")


class Done(Answer):
    """What was done."""

    message: str = Field(description="What was done, in words.")


class DoneAll(Done):
    """What was done, and how often."""

    count: int = Field(description="How many were marked.")
