"""/api/v1/notifications/preferences: how a user wants to be told, by type and channel."""

from __future__ import annotations

from datetime import time
from functools import partial
from typing import TYPE_CHECKING, Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Body, Endpoint
from exporter.api.notifications import PATH, inbox_of
from exporter.field_types import ADDRESS_PATTERN
from exporter.ledger.notification_inbox import Wishes, wishes
from exporter.ledger.notifications import QuietHours
from exporter.vocabulary import NotificationChannel, NotificationType

if TYPE_CHECKING:
    from exporter.api.sources import Sources

_PHONE_PATTERN = r"^\+[1-9][0-9]{6,14}$"
_CLOCK_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_TIME_ZONES = available_timezones()


def preference_endpoints(sources: Sources) -> list[Endpoint]:
    """Reading and replacing them."""
    path = f"{PATH}/preferences"
    return [
        Endpoint("GET", path, "How you want to be told.", Role.USER, partial(_get, sources), Preferences),
        Endpoint(
            "PUT",
            path,
            "Say how you want to be told; what is left out is as by default.",
            Role.USER,
            partial(_put, sources),
            Preferences,
            body=NewPreferences,
        ),
    ]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


_Clock = Annotated[str, Field(pattern=_CLOCK_PATTERN)]


class Quiet(_Part):
    """Local times between which mails and SMS wait; they may pass midnight."""

    begin: _Clock = Field(description="From, as HH:MM.")
    end: _Clock = Field(description="Until, as HH:MM; before `begin` it is the next day.")


class ByChannel(_Part):
    """Which channels a type comes by, beside in-app."""

    email: bool = Field(default=True, description="By mail.")
    webhook: bool = Field(default=True, description="By webhook.")
    sms: bool = Field(default=False, description="By SMS.")


class ByType(_Part):
    """The channels of each type."""

    info: ByChannel = Field(default=ByChannel(), description="Of news.")
    warning: ByChannel = Field(default=ByChannel(), description="Of warnings.")
    error: ByChannel = Field(default=ByChannel(), description="Of what failed.")
    success: ByChannel = Field(default=ByChannel(), description="Of what went well.")


def _zone(value: str) -> str:
    if value not in _TIME_ZONES:
        raise ValueError("must be a time zone such as Europe/Berlin")
    return value


class NewPreferences(Body):
    """How a user wants to be told."""

    email: Annotated[str, Field(pattern=ADDRESS_PATTERN)] | None = Field(
        default=None, description="Where mails go."
    )
    phone: Annotated[str, Field(pattern=_PHONE_PATTERN)] | None = Field(
        default=None, description="Where SMS go."
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Time zone of the quiet hours."
    )
    quiet_hours: Quiet | None = Field(
        default=None, description="When nothing but the page tells; null for never."
    )
    types: ByType = Field(default=ByType(), description="Which channels tell of what.")


class Preferences(Answer):
    """How a user wants to be told."""

    email: str | None = Field(description="Where mails go.")
    phone: str | None = Field(description="Where SMS go.")
    time_zone: str = Field(description="Time zone of the quiet hours.")
    quiet_hours: Quiet | None = Field(description="When nothing but the page tells; null for never.")
    types: ByType = Field(description="Which channels tell of what.")


async def _get(sources: Sources, asked: Asked) -> Preferences:
    async with sources.reader.of(asked.tenant) as connection:
        said = await wishes(connection, asked.tenant or "", asked.caller.user)
    return _shown(said)


async def _put(sources: Sources, asked: Asked) -> Preferences:
    said = _said(asked.body)
    await sources.ledger.set_wishes(inbox_of(asked), said)
    return _shown(said)


def _said(body: NewPreferences) -> Wishes:
    quiet = body.quiet_hours
    wanted = {
        (kind, channel): is_wanted
        for kind, channels in body.types.model_dump().items()
        for channel, is_wanted in channels.items()
    }
    hours = None
    if quiet is not None:
        hours = QuietHours(body.time_zone, time.fromisoformat(quiet.begin), time.fromisoformat(quiet.end))
    return Wishes(body.email, body.phone, body.time_zone, hours, wanted)


def _shown(said: Wishes) -> Preferences:
    quiet = said.quiet and Quiet(begin=f"{said.quiet.begin:%H:%M}", end=f"{said.quiet.end:%H:%M}")
    outside = [channel for channel in NotificationChannel if channel is not NotificationChannel.IN_APP]
    types = {
        kind.value: {
            channel.value: said.wanted[kind, channel] for channel in outside if (kind, channel) in said.wanted
        }
        for kind in NotificationType
    }
    return Preferences(
        email=said.email,
        phone=said.phone,
        time_zone=said.time_zone,
        quiet_hours=quiet,
        types=ByType.model_validate(types),
    )
