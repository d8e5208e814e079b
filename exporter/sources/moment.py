"""Which times are believed: nothing before 2000, nothing more than a day ahead of our own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(days=1)

_LONGEST_EPOCH_S = 10


def is_plausible(at: datetime, received_at: datetime) -> bool:
    """Whether a sender's time can be its own time."""
    return EARLIEST <= at <= received_at + FUTURE_TOLERANCE


def from_epoch_s(timestamp: object, received_at: datetime) -> datetime:
    """Seconds since 1970, as text or number; what is unreadable or absurd becomes the time we received it."""
    text = str(timestamp) if type(timestamp) is int else timestamp
    if not isinstance(text, str) or len(text) > _LONGEST_EPOCH_S or not (text.isascii() and text.isdigit()):
        return received_at
    at = datetime.fromtimestamp(int(text), UTC)
    return at if is_plausible(at, received_at) else received_at
