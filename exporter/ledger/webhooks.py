"""Webhook endpoints and the outbox of what they are told, as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from exporter.ledger.connection import Pool, PoolConnection, passing_errors
from exporter.ledger.notifications import Notice, add
from exporter.ledger.statement import statement
from exporter.ledger.webhook_queue import Queued, enqueue

LEASE_S = 60.0
"""Seconds that whoever claims a delivery has for it; longer than an attempt may take."""
_DEAD_LETTERS = 1_000


class Delivery(NamedTuple):
    """A message for one endpoint, claimed for an attempt.

    Attributes:
        attempt: the n-th of all; `tries` counts those since somebody asked for another day of them.
        endpoint: its name.
        previous_secret: signs too while the secret is rotated.
    """

    tenant: str
    delivery_id: UUID
    attempt: int
    tries: int
    event_type: str
    payload: bytes
    endpoint: str
    url: str
    secret: str
    previous_secret: str | None


class Webhooks:
    """The endpoints and their outbox; each method raises LedgerUnavailable when the ledger does not answer."""

    def __init__(self, connected: Callable[[], Pool]) -> None:
        self._connected = connected

    async def create(
        self, tenant: str, name: str, url: str, event_types: list[str], secret: str, most: int
    ) -> UUID | None:
        """A new endpoint; None where the name is taken, or the tenant has `most` already."""
        async with passing_errors():
            made: UUID | None = await self._connected().fetchval(
                statement("create_webhook_endpoint"), tenant, name, url, event_types, secret, most
            )
        return made

    async def delete(self, tenant: str, endpoint_id: UUID) -> bool:
        """Forget an endpoint with all that waits for it."""
        return await self._changed("delete_webhook_endpoint", tenant, endpoint_id) > 0

    async def pause(self, tenant: str, endpoint_id: UUID, paused_by: str | None) -> bool:
        """Tell an endpoint nothing; with None, everything that waits again."""
        return await self._changed("pause_webhook_endpoint", tenant, endpoint_id, paused_by) > 0

    async def rotate(self, tenant: str, endpoint_id: UUID, secret: str, overlap_s: float) -> bool:
        """Sign with a new secret, and with the one before as well for a while."""
        return await self._changed("rotate_webhook_secret", tenant, endpoint_id, secret, overlap_s) > 0

    async def enqueue_one(
        self, tenant: str, endpoint_id: UUID, event_type: str, data: Mapping[str, Any]
    ) -> Queued:
        """Have one endpoint told."""
        async with passing_errors(), self._connected().acquire() as connection:
            return await enqueue(connection, tenant, event_type, data, endpoint_id=endpoint_id)

    async def retry(self, tenant: str, endpoint_id: UUID, delivery_id: UUID | None) -> int:
        """Try dead letters again, or one; the answer is how many."""
        return await self._changed("retry_webhook_dead_letters", tenant, endpoint_id, delivery_id)

    async def due(self, most: int) -> list[tuple[str, UUID]]:
        """Endpoints, by tenant and id, that are to be told something now."""
        async with passing_errors():
            return [
                tuple(row) for row in await self._connected().fetch(statement("webhook_endpoints_due"), most)
            ]

    async def claim(self, tenant: str, endpoint_id: UUID, most: int) -> list[Delivery]:
        """Take what is due for an endpoint; nobody else gets it for LEASE_S seconds."""
        async with passing_errors():
            rows = await self._connected().fetch(
                statement("claim_webhook_deliveries"), tenant, endpoint_id, LEASE_S, most
            )
        return [Delivery(*row) for row in rows]

    async def delivered(self, one: Delivery, outcome: str) -> None:
        """The endpoint has it."""
        await self._changed("webhook_delivered", one.tenant, one.delivery_id, outcome)

    async def failed(
        self,
        one: Delivery,
        outcome: str,
        wait_s: float | None,
        pause_after_s: float,
        *,
        gone: bool,
        if_paused: Notice,
    ) -> bool:
        """The endpoint does not have it; without a wait it is a dead letter. True when that paused the endpoint."""
        arguments = (one.tenant, one.delivery_id, outcome, wait_s, pause_after_s, gone)
        async with passing_errors(), self._connected().acquire() as connection, connection.transaction():
            is_paused = await connection.fetchval(statement("webhook_failed"), *arguments) is not None
            if is_paused:
                await add(connection, [if_paused])
        return is_paused

    async def _changed(self, name: str, *arguments: object) -> int:
        async with passing_errors():
            done = await self._connected().execute(statement(name), *arguments)
        return int(done.rpartition(" ")[2])


async def endpoints_of(
    connection: PoolConnection, tenant: str, endpoint_id: UUID | None = None
) -> list[dict[str, Any]]:
    """The endpoints of a tenant with their health, or that one; no secrets."""
    rows = await connection.fetch(statement("webhook_endpoints"), tenant, endpoint_id)
    return [dict(row) for row in rows]


async def dead_letters(connection: PoolConnection, tenant: str, endpoint_id: UUID) -> list[dict[str, Any]]:
    """What an endpoint never took, newest first, at most 1,000."""
    rows = await connection.fetch(statement("webhook_dead_letters"), tenant, endpoint_id, _DEAD_LETTERS)
    return [dict(row) for row in rows]
