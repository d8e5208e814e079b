"""A row of a scanned table as mappings see it: text by the name of its column, whatever database it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from exporter.config.profile import Condition, Pick, TableScan

Row: TypeAlias = Mapping[str, str | None]
"""By column, or `column.key` inside JSON: the value as PostgreSQL writes it (`true`, `12.50`), None for NULL.

Time columns hold whole microseconds since 1970. JSON objects and lists may stand as JSON text.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_NUMBER = 64


def number_in(text: str | None) -> Decimal | None:
    """The finite number that a text is, or None."""
    if not text or len(text) > _LONGEST_NUMBER:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def time_in(text: str | None) -> datetime | None:
    """The time that so many microseconds are, or None."""
    number = number_in(text)
    if number is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(number))
    except OverflowError:
        return None


def time_columns(table: TableScan) -> list[str]:
    """Columns that hold times."""
    picks = [pick for _, pick in _picks(table)]
    spans = [column for pick in picks if pick.since for column in (pick.since, *(pick.column or ()))]
    stated = [column for fact in table.facts for column in fact.at or ()]
    changed = [table.changed] if table.changed else []
    return _once([table.time, *changed, *stated, *spans])


def word_columns(table: TableScan) -> list[str]:
    """Every other column that is read."""
    conditions: list[Condition] = [table, *table.facts]
    if table.final is not None:
        conditions.append(table.final)
    named = [column for condition in conditions for column in columns_of(condition)]
    picked = [column for _, pick in _picks(table) for column in pick.column or ()]
    counted = [fact.count for fact in table.facts if fact.count]
    times = set(time_columns(table))
    return [column for column in _once([*table.key, *named, *picked, *counted]) if column not in times]


def columns_of(condition: Condition) -> list[str]:
    """The columns that a condition looks at."""
    return [*condition.match, *condition.unless, *condition.present]


def _picks(table: TableScan) -> Iterator[tuple[str, Pick]]:
    yield from table.fields.items()
    for fact in table.facts:
        yield from fact.fields.items()


def _once(columns: list[str]) -> list[str]:
    return list(dict.fromkeys(columns))
