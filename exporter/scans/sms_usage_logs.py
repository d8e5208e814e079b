"""The table sms_usage_logs of an SMS router: one row a message handled.

Source: seed document 000, table definition. The columns phone_number and message_content are never read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from exporter.config import ScanConfig
from exporter.error_class import error_class as class_of_code
from exporter.event import Message
from exporter.vocabulary import Channel, Direction, ErrorClass, Status

_CODE = re.compile(r"(?<!\d)([1-6]\d{4})(?!\d)")
_WORDS = (
    ("timed out", ErrorClass.TIMEOUT),
    ("timeout", ErrorClass.TIMEOUT),
    ("rate limit", ErrorClass.RATE_LIMITED),
    ("too many requests", ErrorClass.RATE_LIMITED),
    ("unsubscribed", ErrorClass.OPTED_OUT),
    ("opted out", ErrorClass.OPTED_OUT),
    ("invalid number", ErrorClass.INVALID_NUMBER),
    ("not a valid phone", ErrorClass.INVALID_NUMBER),
    ("unreachable", ErrorClass.UNREACHABLE),
    ("blocked", ErrorClass.BLOCKED),
    ("authenticat", ErrorClass.AUTH),
)


def meaning_of(text: str | None) -> ErrorClass:
    """What a free-text error means: by a provider's code in it, else by its words, else `other`."""
    if not text:
        return ErrorClass.UNKNOWN
    code = _CODE.search(text)
    if code:
        return class_of_code(code.group(1))
    lowered = text.lower()
    return next((meaning for words, meaning in _WORDS if words in lowered), ErrorClass.OTHER)


def to_message(row: Mapping[str, Any], scan: ScanConfig) -> Message:
    """One row as a message step; a NULL processing time stays unknown, a NULL success is the column's default."""
    inbound = row["message_direction"] == "inbound"
    succeeded = row["success"] is not False
    created_at: datetime = row["created_at"]
    return Message(
        at=created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC),
        tenant=scan.tenant,
        user=None if row["user_id"] is None else str(row["user_id"]),
        channel=Channel.SMS,
        provider=scan.provider,
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
        status=_status(inbound, succeeded),
        error_class=ErrorClass.NONE if succeeded else meaning_of(row["error_message"]),
        length=row["message_length"],
        processing_seconds=_seconds(row["processing_time_ms"]),
    )


def raw(row: Mapping[str, Any]) -> bytes:
    """The row as it was read."""
    return orjson.dumps(dict(row.items()), default=str)


def _status(inbound: bool, succeeded: bool) -> Status:
    if not succeeded:
        return Status.FAILED
    return Status.RECEIVED if inbound else Status.SENT


def _seconds(processing_time_ms: float | None) -> float | None:
    return None if processing_time_ms is None else max(0, processing_time_ms) / 1000
