"""Arguments as the caller has them become one line of NDJSON in the schema of POST /events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal
from uuid import UUID

from exporter.client.report import Unusable

LONGEST_NAME = 128
_LONGEST_ID = 512
_EXACT = Context(prec=40)
_FINEST = Decimal("1e-12")
_LIMIT = Decimal("1e12")


def event_line(fields: Mapping[str, str | None]) -> bytes:
    """The fields that are known, as one line."""
    known = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(known, separators=(",", ":")).encode() + b"\n"


def once_key(*words: str) -> str:
    """A key of several words that no other words share; exporter.sources.once writes the same."""
    return json.dumps(words, separators=(",", ":"), ensure_ascii=False)


def text(name: str, value: object, longest: int = _LONGEST_ID) -> str | None:
    """An id or a name; whole numbers and UUIDs are written out.

    Raises:
        Unusable: of another type, empty, too long, or with characters that PostgreSQL cannot store.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | UUID):
        raise Unusable(f"{name}: neither text nor a whole number")
    # Members of an enumeration of strings are written by their value.
    written = str.__str__(value) if isinstance(value, str) else str(value)
    if not 0 < len(written) <= longest or "\0" in written or not _is_utf8(written):
        raise Unusable(f"{name}: empty, longer than {longest} characters, or not text")
    return written


def required(name: str, value: object, longest: int = _LONGEST_ID) -> str:
    """As `text`, of what must be there."""
    written = text(name, value, longest)
    if written is None:
        raise Unusable(f"{name}: missing")
    return written


def money(name: str, value: object) -> str | None:
    """An exact decimal, rounded at 12 decimals; a float counts as the shortest number that it is written as.

    Raises:
        Unusable: not a finite number below 1e12.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        raise Unusable(f"{name}: not a number")
    try:
        amount = Decimal(float.__repr__(value) if isinstance(value, float) else value)
    except ArithmeticError:
        raise Unusable(f"{name}: not a number") from None
    if not amount.is_finite() or not -_LIMIT < amount < _LIMIT:
        raise Unusable(f"{name}: not a finite number below 1e12")
    return format(amount.quantize(_FINEST, context=_EXACT).normalize(_EXACT), "f")


def moment(name: str, value: object) -> str:
    """RFC 3339 in UTC; None is now, and a time without a zone is taken as UTC.

    Raises:
        Unusable: no datetime.
    """
    at = datetime.now(UTC) if value is None else value
    if not isinstance(at, datetime):
        raise Unusable(f"{name}: not a datetime")
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _is_utf8(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
