"""Telling webhook endpoints something: a row of the outbox for each, within the transaction of its cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from exporter.ledger.connection import Connection, PoolConnection
from exporter.ledger.statement import statement


class Queued(NamedTuple):
    """For how many endpoints a message waits, and for how many there was no room."""

    queued: int
    dropped: int


async def enqueue(
    connection: Connection | PoolConnection,
    tenant: str,
    event_type: str,
    data: Mapping[str, Any],
    *,
    user: str | None = None,
    most: int = 10_000,
    endpoint_id: UUID | None = None,
) -> Queued:
    """Have the tenant's endpoints told, within the caller's transaction: with its cause, or not at all.

    `user` is whom it is about; `most` may wait for one endpoint; `endpoint_id` takes that one, whatever it wants.
    """
    said = {"type": event_type, "timestamp": datetime.now(UTC), "data": data}
    payload = orjson.dumps(said, default=str, option=orjson.OPT_UTC_Z)
    row = await connection.fetchrow(
        statement("enqueue_webhook"), tenant, event_type, user, payload, most, endpoint_id
    )
    return Queued(0, 0) if row is None else Queued(*row)
