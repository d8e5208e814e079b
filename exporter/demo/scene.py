"""The words of the simulation: a call is one request, a story the calls about one thing, a scene where it plays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from random import Random
from typing import NamedTuple, TypeAlias

from exporter.demo.world import Company, Trouble


class Sender(StrEnum):
    """Who makes a call; the member is the path it calls."""

    TWILIO = "/webhooks/twilio"
    WHATSAPP = "/webhooks/whatsapp"
    SENDGRID = "/webhooks/sendgrid"
    MAILGUN = "/webhooks/mailgun"
    SES = "/webhooks/ses"
    STRIPE = "/webhooks/stripe"
    APP = "/events"
    APP_MAIL_OPENED = "/webhook/email-opened"
    APP_USER_ACTION = "/user-action"
    APP_LOG = "/logs"
    OTLP = "/v1/logs"
    LOKI = "/loki/api/v1/push"


class Habit(IntEnum):
    """What a customer does: one whom nobody answers must not look like one who waits for an answer."""

    RECEIVES = 0
    WRITES = 1
    TALKS = 2


class Call(NamedTuple):
    """One request.

    Attributes:
        at_s: when, in seconds since its story began; in traffic, since the demo began.
        forged: made by somebody who does not hold the secret.
        events: how many the body holds.
        held_s: how much later it comes because its sender is in trouble.
    """

    at_s: float
    sender: Sender
    body: bytes
    forged: bool = False
    events: int = 1
    held_s: float = 0.0


Story: TypeAlias = list[Call]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a story plays: chance, a company, and a time.

    Attributes:
        at: aware UTC; `at_s` is the same in seconds since the demo began.
    """

    random: Random
    company: Company
    at: datetime
    at_s: float

    def has(self, trouble: Trouble) -> bool:
        """Whether the company is in this trouble now."""
        return trouble.strikes(self.company.tenant, self.at_s)

    def held_back_s(self, trouble: Trouble) -> float:
        """How late something is that this trouble would hold back; 0 without the trouble."""
        return trouble.held_back_s(self.at_s) if self.has(trouble) else 0.0

    def happens(self, share: float) -> bool:
        """True in this share of cases, 0 to 1."""
        return self.random.random() < share

    def name(self, prefix: str = "") -> str:
        """An id that nothing else has: the prefix and 32 hexadecimal digits."""
        return f"{prefix}{self.random.getrandbits(128):032x}"

    def customer(self, habit: Habit = Habit.RECEIVES) -> str:
        """A number of the ranges reserved for fiction, in the country of the company; no two habits share one."""
        if self.company.sender.startswith("+44"):
            return f"+447700900{200 * (habit + 1) + self.random.randrange(200)}"
        return f"+120255501{30 * habit + 10 + self.random.randrange(30)}"

    def mailbox(self) -> str:
        """A customer's e-mail address, of a domain reserved for examples."""
        return f"customer-{self.random.randrange(1000)}@example.com"

    def seconds(self, least: float, most: float) -> float:
        """A duration between two, to the millisecond."""
        return round(self.random.uniform(least, most), 3)

    def usd(self, least: float, most: float) -> str:
        """An amount between two, in dollars and cents."""
        return f"{self.random.uniform(least, most):.2f}"

    def later(self, seconds: float) -> datetime:
        """The time this many seconds into the scene."""
        return self.at + timedelta(seconds=seconds)

    def epoch_s(self, seconds: float) -> int:
        """The same in whole seconds since 1970."""
        return int(self.later(seconds).timestamp())


Teller: TypeAlias = Callable[[Scene], Story]
"""What makes a story of a scene."""
