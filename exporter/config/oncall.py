"""Paging: who is woken, by what means, and how long each step may take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr

from exporter.config.people import Address, Person, Telephone
from exporter.config.sending import Sending, sending_problems
from exporter.errors import Problem
from exporter.event import DEFAULT_TENANT
from exporter.field_types import Origin, PositiveS, Secret, Section, Text, given_by
from exporter.sources.twilio import TwilioConfig

_SMTP_SCHEMES = ("smtp", "smtps")


def _mail_server(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in _SMTP_SCHEMES or not parts.hostname or parts.path.strip("/"):
        raise ValueError("must be smtp://user:password@host:port, or smtps://")
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone of this machine, such as Europe/Berlin") from None
    return value


MailServer = Annotated[SecretStr, AfterValidator(_mail_server)]
Zone = Annotated[Text, AfterValidator(_known_zone)]


class OncallConfig(Section):
    """Paging by SMS: what POST /alerts does with a notification of Alertmanager."""

    token: Secret | None = given_by(
        "COMMS_ALERT_TOKEN", "Bearer token of POST /alerts, or the password of basic authentication."
    )
    sender: Sending | None = Field(
        default=None, description="Number or Messaging Service of ours that pages come from."
    )
    voice: Telephone | None = Field(
        default=None, description="Number of ours that calls come from, or null for `sender`."
    )
    smtp_url: MailServer | None = given_by(
        "COMMS_SMTP_URL", "Mail server, smtp://user:password@host:port with STARTTLS, or smtps://."
    )
    email_from: Address | None = Field(default=None, description="Address that mails come from.")
    people: list[Person] = Field(default=[], max_length=50, description="Who is woken.")
    timezone: Zone = Field(default="UTC", description="Time zone of the hours of duty.")
    patience_s: PositiveS = Field(
        default=60, description="Seconds within which a page must be delivered; then the next way is taken."
    )
    answer_s: PositiveS | None = Field(
        default=900,
        description="Seconds to wait for an answer to a delivered page before the next level is woken, or null.",
    )
    repeat_s: PositiveS = Field(
        default=1_800,
        description="Seconds in which the same alerts are one page, less than Alertmanager's repeat_interval.",
    )
    silence_s: PositiveS = Field(
        default=3_600, description="Seconds that alerts are silent once somebody has answered ACK."
    )
    storm_sms: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="SMS that a person gets within `storm_s`; what comes beyond goes together."
    )
    storm_s: PositiveS = Field(default=300, description="See `storm_sms`.")
    tell_resolved: bool = Field(
        default=True, description="Whether those who were woken get an SMS at the end."
    )
    api_url: Origin = Field(default="https://api.twilio.com", description="Where Twilio's API answers.")


class AlertmanagerConfig(Section):
    """The Alertmanager in which an answered page is silenced."""

    url: Origin | None = Field(
        default=None, description="Where its API answers, or null: an answer then only ends the escalation."
    )


def oncall_problems(oncall: OncallConfig, twilio: TwilioConfig, public_url: str | None) -> Iterator[Problem]:
    """What somebody could not be woken for want of."""
    if not oncall.people:
        return
    if oncall.token is None:
        yield Problem("oncall.token", "is required: who reaches POST /alerts could wake people")
    yield from _of_twilio(oncall, twilio, public_url)
    if any(person.email for person in oncall.people) and not (oncall.smtp_url and oncall.email_from):
        yield Problem("oncall.smtp_url", "is required, with email_from, to write to people")
    yield from _of_people(oncall.people)


def _of_twilio(oncall: OncallConfig, twilio: TwilioConfig, public_url: str | None) -> Iterator[Problem]:
    if not any(person.numbers for person in oncall.people):
        return
    yield from sending_problems("oncall", twilio, public_url)
    if oncall.sender is None:
        yield Problem("oncall.sender", "is required to send SMS")
    elif twilio.tenants.get(oncall.sender, DEFAULT_TENANT) == DEFAULT_TENANT:
        yield Problem(
            "oncall.sender",
            "give it a tenant of its own in sources.twilio.tenants, so that pages count apart",
        )
    if (
        oncall.voice is None
        and not (oncall.sender or "+").startswith("+")
        and any(p.call for p in oncall.people)
    ):
        yield Problem("oncall.voice", "is required to call: a Messaging Service has no voice")


def _of_people(people: list[Person]) -> Iterator[Problem]:
    names = Counter(person.name for person in people)
    numbers = Counter(n.get_secret_value() for n in chain.from_iterable(p.numbers for p in people))
    for at, person in enumerate(people):
        if names[person.name] > 1:
            yield Problem(f"oncall.people[{at}].name", "is used twice")
        if any(numbers[number.get_secret_value()] > 1 for number in person.numbers):
            yield Problem(f"oncall.people[{at}].numbers", "has a number twice, or one of somebody else")
        if not person.numbers and person.email is None:
            yield Problem(f"oncall.people[{at}]", "has neither numbers nor email")
