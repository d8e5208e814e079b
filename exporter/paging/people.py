"""Who may be woken now, and by what ways, as the configuration in force has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from exporter.config import OncallConfig, Person
from exporter.config.people import WEEKDAYS, Duty
from exporter.ledger.pages import Way

SMS, CALL, EMAIL = "sms", "call", "email"
CHANNELS = (SMS, CALL, EMAIL)

_DAY = timedelta(days=1)


def ways_to(person: Person) -> list[Way]:
    """A person's ways in the order in which they are tried: every number by SMS, a call, a mail."""
    channels = [SMS] * len(person.numbers)
    channels += [CALL] if person.numbers and person.call else []
    channels += [EMAIL] if person.email else []
    return [Way(person.name, number, channel) for number, channel in enumerate(channels)]


def levels(oncall: OncallConfig, now: datetime) -> list[list[list[Way]]]:
    """The ways to each person of each level who is on duty; when nobody is, everybody is."""
    local = now.astimezone(ZoneInfo(oncall.timezone))
    on_duty = [person for person in oncall.people if is_on_duty(person, local)] or oncall.people
    by_level = sorted(on_duty, key=attrgetter("level"))
    return [[ways_to(person) for person in people] for _, people in groupby(by_level, attrgetter("level"))]


def address(oncall: OncallConfig, way: Way) -> str | None:
    """Where a way leads; None where the configuration has it no more."""
    person = next((person for person in oncall.people if person.name == way.person), None)
    if person is None or way not in ways_to(person):
        return None
    if way.channel == EMAIL:
        return person.email.get_secret_value() if person.email else None
    number = 0 if way.channel == CALL else way.number
    return person.numbers[number].get_secret_value()


def owner(oncall: OncallConfig, number: str) -> str | None:
    """The alias of the person whose number it is."""
    found = (person.name for person in oncall.people if number in _numbers(person))
    return next(found, None)


def is_on_duty(person: Person, local: datetime) -> bool:
    """Whether a person may be woken at a local time."""
    return not person.duty or any(_covers(duty, local) for duty in person.duty)


def _covers(duty: Duty, local: datetime) -> bool:
    start, end = time.fromisoformat(duty.start), time.fromisoformat(duty.end)
    today, clock = _weekday(local), local.time()
    if start < end:
        return today in duty.days and start <= clock < end
    # Over midnight: the evening of a day on duty, or the morning after one.
    return (today in duty.days and clock >= start) or (_weekday(local - _DAY) in duty.days and clock < end)


def _weekday(local: datetime) -> str:
    return WEEKDAYS[local.weekday()]


def _numbers(person: Person) -> Iterator[str]:
    return (number.get_secret_value() for number in person.numbers)


def first_ways(of_levels: Sequence[Sequence[Sequence[Way]]]) -> list[Way]:
    """How the first level is told."""
    return [ways[0] for ways in of_levels[0] if ways] if of_levels else []
