"""What an application's own small webhooks have in common: one tolerant JSON object, told as events of our schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson

from exporter.event import AnyEvent
from exporter.sources.event_json import decode_event, default_at
from exporter.sources.source import Request

_encode = msgspec.json.Encoder().encode

Id = str | int | None


class AppCall(msgspec.Struct, frozen=True, kw_only=True):
    """What every such call may say; ids may be numbers, and fields that we do not know are left alone."""

    event_id: Id = None
    tenant: str | None = None
    message_id: Id = None
    user_id: Id = None
    at: datetime | None = None
    timestamp: datetime | None = None

    @property
    def moment(self) -> datetime | None:
        """When it happened by either name; a time without a zone is UTC."""
        at = self.at or self.timestamp
        return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)

    def event(self, request: Request, **fields: Any) -> AnyEvent:
        """An event of our own schema, checked as those of POST /events.

        Raises:
            Rejected: with the reason.
        """
        ids = {"event_id": written(self.event_id), "user": written(self.user_id)}
        said = {"at": self.moment, "tenant": self.tenant, **ids, **fields}
        known = {name: value for name, value in said.items() if value is not None}
        return decode_event(_encode(known), default_at(request.received_at), request.received_at)


def written(identity: Id) -> str | None:
    """An id as text."""
    return None if identity is None else str(identity)


def once_key(*words: str) -> str:
    """A key of several words that no other words share; exporter.client.event_line writes the same."""
    return orjson.dumps(words).decode()
