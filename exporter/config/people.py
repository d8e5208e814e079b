"""A person who may be woken: the ways to them, in the order in which they are tried, and their hours of duty."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from exporter.field_types import Clock, LabelName, Section

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_is_number = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
_is_address = re.compile(r"[^\s@,<>\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+").fullmatch


def _telephone(value: SecretStr) -> SecretStr:
    if not _is_number(value.get_secret_value()):
        raise ValueError("must be a number in E.164, such as +15005550006")
    return value


def _address(value: SecretStr) -> SecretStr:
    if not _is_address(value.get_secret_value()):
        raise ValueError("must be one e-mail address")
    return value


Telephone = Annotated[SecretStr, AfterValidator(_telephone)]
Address = Annotated[SecretStr, AfterValidator(_address)]


class Duty(Section):
    """Hours of a week."""

    days: list[Weekday] = Field(default=list(WEEKDAYS), description="Days on which it begins.")
    start: Clock = Field(default="00:00", description="When it begins.")
    end: Clock = Field(
        default="00:00", description="When it ends; at or before its start means the next day."
    )


class Person(Section):
    """Somebody who is woken."""

    name: LabelName = Field(description="An alias, unique; it stands in the ledger and in logs.")
    level: Annotated[int, Field(ge=1, le=9)] = Field(
        default=1, description="Who is woken first; the next level when nobody of this one can be reached."
    )
    numbers: list[Telephone] = Field(
        default=[], max_length=4, description="Telephone numbers, the first one first; each gets an SMS."
    )
    call: bool = Field(default=True, description="Whether to call the first number when no SMS arrives.")
    email: Address | None = Field(default=None, description="Where to write when nothing else arrives.")
    duty: list[Duty] = Field(
        default=[], description="When this person is on duty; without any, always. Nobody on duty means all."
    )
