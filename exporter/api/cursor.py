"""Where a page ends, as opaque text that only we can make sense of."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta

import msgspec

from exporter.errors import Refusal, RefusalReason
from exporter.ledger.message_pages import Place

FIRST_PAGE = Place(datetime.max.replace(tzinfo=UTC) - timedelta(days=2), "")
_LONGEST = 1_024


def written(place: Place) -> str:
    """A cursor that leads to what is behind a place."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read(cursor: str | None) -> Place:
    """The reverse; the first page without a cursor.

    Raises:
        Refusal: nothing that we wrote.
    """
    if cursor is None:
        return FIRST_PAGE
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(data, type=Place)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        place = None
    if place is None or place.first_at.tzinfo is None or "\x00" in place.message_id or len(cursor) > _LONGEST:
        raise Refusal(RefusalReason.BAD_PARAMETER, "cursor: not one that an earlier page gave")
    return place
