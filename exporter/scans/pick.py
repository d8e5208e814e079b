"""How a field of an event is read from a row."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import TypeAlias

from exporter.config.profile import UNIT_FACTOR, Pick
from exporter.measure import EXACT
from exporter.scans.error_text import meaning_of
from exporter.scans.row import Row, number_in

Value: TypeAlias = str | int | bool | Decimal

LONGEST_S = 31_622_400
LARGEST = Decimal("1e12")
_FINEST = Decimal("1e-12")
_FINEST_S = Decimal("1e-6")
_US = Decimal("0.000001")


class Wants(Enum):
    """What a field takes."""

    TEXT = "text"
    NUMBER = "number"
    SIGNED = "signed"
    SECONDS = "seconds"


Read: TypeAlias = Callable[[Row], Value | None]


def reading(pick: Pick, wants: Wants) -> Read:
    """A way to read the field; the answer is None where the row has no such value and there is no default."""
    read = _number(pick, wants) if _is_number(pick, wants) else _word(pick)
    default = pick.default

    def with_default(row: Row) -> Value | None:
        value = read(row)
        return default if value is None else value

    return with_default


def factor_of(pick: Pick) -> Decimal:
    """By what the column is multiplied."""
    return pick.scale if pick.scale is not None else UNIT_FACTOR[pick.unit or "s"]


def first_text(row: Row, columns: list[str]) -> str | None:
    """The first that holds something: not NULL, not empty, and where it is read from JSON no object or list."""
    return next((text for column in columns if (text := row[column]) and not _is_nested(column, text)), None)


def _is_nested(column: str, text: str) -> bool:
    return "." in column and text[0] in "[{"


def _is_number(pick: Pick, wants: Wants) -> bool:
    worded = pick.map is not None or pick.reads is not None
    return wants is not Wants.TEXT and not worded


def _word(pick: Pick) -> Read:
    columns, words, reads = pick.column or [], pick.map, pick.reads

    def read(row: Row) -> Value | None:
        text = first_text(row, columns)
        if text is None:
            return None
        if words is not None:
            return words.get(text)
        return meaning_of(text).value if reads else text

    return read


def _number(pick: Pick, wants: Wants) -> Read:
    columns, since, factor = pick.column or [], pick.since, factor_of(pick)

    def read(row: Row) -> Value | None:
        number = number_in(first_text(row, columns))
        if number is None:
            return None
        if since is not None:
            began = number_in(row[since])
            return None if began is None else _fitting((number - began) * _US, wants)
        scaled = EXACT.multiply(number, factor)
        return _fitting(abs(scaled) if pick.absolute else scaled, wants)

    return read


def _fitting(number: Decimal, wants: Wants) -> Decimal | None:
    """The number as exact as it is kept; None where there can be no such."""
    if wants is not Wants.SIGNED and number < 0:
        return None
    if wants is Wants.SECONDS:
        return None if number > LONGEST_S else number.quantize(_FINEST_S, ROUND_HALF_UP)
    if abs(number) >= LARGEST:
        return None
    rounded = number.quantize(_FINEST, ROUND_HALF_UP, context=EXACT)
    return number if number == rounded else rounded
