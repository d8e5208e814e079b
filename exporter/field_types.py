"""The kinds of values that configuration keys hold, each with its limits and its plain-English refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    WrapValidator,
)

from exporter.vocabulary import Channel


class Section(BaseModel):
    """A part of the configuration: frozen, strict, no unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


LABEL_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"
LISTEN_PATTERN = r"^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$"
ORIGIN_PATTERN = r"^https?://[^/?#@\s]+$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
TABLE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$"
COLUMN_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_-]+)*$"
ROUTE_PATTERN = rf"^({'|'.join(Channel)})/[A-Za-z0-9][A-Za-z0-9_.:-]*(/inbound)?$"
MARKET_PATTERN = r"^[A-Z]{2}/[a-z_]+$"
GRAPH_VERSION_PATTERN = r"^v[0-9]{1,3}\.[0-9]$"
USD_PATTERN = r"^[0-9]{1,6}(\.[0-9]{1,12})?$"
CLOCK_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
CRON_PATTERN = r"^[0-9*/,-]+( [0-9A-Za-z*/,-]+){4}$"
FACTOR_PATTERN = r"^-?[0-9]{1,12}(\.[0-9]{1,12})?$"
ADDRESS_PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+){0,9}$"
DURATION_PATTERN = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"

PATTERN_IN_WORDS = {
    LABEL_PATTERN: "must be letters, digits and _ . : - only, starting with a letter or digit",
    LISTEN_PATTERN: "must be host:port, an IPv6 host in brackets",
    ORIGIN_PATTERN: "must be http://host or https://host, with a port if need be and no path",
    COUNTRY_PATTERN: "must be the two capital letters of a country, such as GB",
    TABLE_PATTERN: "must be table or schema.table, without quotes",
    COLUMN_PATTERN: "must be the name of a column, without quotes, or column.key.key inside JSON",
    CRON_PATTERN: "must be five fields: minute, hour, day of the month, month, day of the week",
    ADDRESS_PATTERN: "must be an address of mail alone, such as no-reply@example.com",
    MARKET_PATTERN: "must be country/category, such as IN/utility",
    GRAPH_VERSION_PATTERN: "must be a version of the Graph API, such as v25.0",
    CLOCK_PATTERN: 'must be a time of day in quotes, such as "08:30"',
    ROUTE_PATTERN: "must be channel/provider, or channel/provider/inbound for received messages",
}

_SECONDS_PER_UNIT = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_MAX_PORT = 65_535


def _in_seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(DURATION_PATTERN, value):
        raise ValueError("must be a number of seconds, or one with a unit: 500ms, 30s, 5m, 2h, 1d")
    number = value.rstrip("mshd")
    return float(number) * _SECONDS_PER_UNIT[value.removeprefix(number)]


def _exact_usd(value: Any) -> Any:
    # A number of YAML has been a float before it comes here.
    if not isinstance(value, str) or not re.fullmatch(USD_PATTERN, value):
        raise ValueError('must be US dollars in quotes, such as "0.0079"')
    return Decimal(value)


def _exact_factor(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(FACTOR_PATTERN, value):
        raise ValueError('must be a number in quotes, such as "0.001"')
    return Decimal(value)


def _with_a_port(value: str) -> str:
    if int(value.rpartition(":")[2]) > _MAX_PORT:
        raise ValueError(f"must have a port of at most {_MAX_PORT}")
    return value


def _not_blank(value: SecretStr) -> SecretStr:
    if not secrets(value):
        raise ValueError("must not be blank")
    return value


def of_postgresql(value: SecretStr) -> SecretStr:
    """A URL that asyncpg takes; raises ValueError otherwise."""
    if not value.get_secret_value().startswith(("postgres://", "postgresql://")):
        raise ValueError("must start with postgres:// or postgresql://")
    return value


def _in_one_problem(value: Any, validate: Callable[[Any], Any]) -> Any:
    try:
        return validate(value)
    except ValidationError:
        pass
    raise ValueError("must be text, a whole number, true or false, or where allowed a list of these")


def secrets(value: SecretStr | None) -> tuple[bytes, ...]:
    """The values of a secret, two while it is rotated (separated by a comma), as UTF-8; may be empty."""
    parts = value.get_secret_value().split(",") if value else []
    return tuple(part.strip().encode() for part in parts if part.strip())


PositiveNumber = Annotated[float, Field(gt=0, le=86_400)]
PositiveS = Annotated[
    PositiveNumber,
    BeforeValidator(
        _in_seconds,
        json_schema_input_type=PositiveNumber | Annotated[str, Field(pattern=DURATION_PATTERN)],
    ),
]
_LongNumber = Annotated[float, Field(gt=0, le=31_536_000)]
LongS = Annotated[
    _LongNumber,
    BeforeValidator(
        _in_seconds,
        json_schema_input_type=_LongNumber | Annotated[str, Field(pattern=DURATION_PATTERN)],
    ),
]
Ratio = Annotated[float, Field(gt=0, le=1)]
SpikeFactor = Annotated[float, Field(gt=1, le=1_000)]
EventFloor = Annotated[float, Field(ge=0, le=1_000_000)]
LimitUsd = Annotated[float, Field(gt=0, le=1_000_000)]
"""A limit that rules compare with; it is never added to money."""
Days = Annotated[int, Field(ge=1, le=3650)]
LabelName = Annotated[str, Field(min_length=1, max_length=128, pattern=LABEL_PATTERN)]
Text = Annotated[str, Field(min_length=1)]
Listen = Annotated[str, Field(pattern=LISTEN_PATTERN), AfterValidator(_with_a_port)]
CountryCode = Annotated[str, Field(pattern=COUNTRY_PATTERN)]
Route = Annotated[str, Field(pattern=ROUTE_PATTERN)]
Market = Annotated[str, Field(pattern=MARKET_PATTERN)]
GraphVersion = Annotated[str, Field(pattern=GRAPH_VERSION_PATTERN)]
Usd = Annotated[
    Decimal,
    BeforeValidator(_exact_usd, json_schema_input_type=Annotated[str, Field(pattern=USD_PATTERN)]),
]
Clock = Annotated[str, Field(pattern=CLOCK_PATTERN)]
Factor = Annotated[
    Decimal,
    BeforeValidator(_exact_factor, json_schema_input_type=Annotated[str, Field(pattern=FACTOR_PATTERN)]),
]
Origin = Annotated[str, Field(pattern=ORIGIN_PATTERN)]
Cron = Annotated[str, Field(pattern=CRON_PATTERN)]
Table = Annotated[str, Field(pattern=TABLE_PATTERN)]
Column = Annotated[str, Field(pattern=COLUMN_PATTERN)]
Secret = Annotated[SecretStr, AfterValidator(_not_blank)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(of_postgresql)]
Constant = Annotated[str | int | bool, WrapValidator(_in_one_problem)]
Wanted = Annotated[str | int | bool | list[str | int], WrapValidator(_in_one_problem)]

EventKind = Literal[
    "message",
    "engagement",
    "llm",
    "conversation",
    "payment",
    "credit",
    "outcome",
    "delivery",
    "level",
    "charge",
]
"""Kinds of events, as rules and profiles name them."""


def given_by(variable: str, description: str) -> Any:
    """A key that an environment variable may also set; a secret may come from the file of `<variable>_FILE`."""
    return Field(default=None, description=description, json_schema_extra={"variable": variable})
