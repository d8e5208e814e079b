"""The outbox of webhooks as its tables show it, and a sender that empties it once."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import asyncpg

from exporter.config.webhooks import WebhooksConfig
from exporter.ledger.webhook_queue import Queued, enqueue
from exporter.notifications.webhook_observer import WebhookObserver
from exporter.outbound.sender import WebhookSender
from tests.conftest import Replica
from tests.integration.api.customer_hook import Hook, inside

ENDPOINT_SECRET = "whsec_" + b64encode(b"n" * 32).decode()


class Tables:
    """The outbox as its table shows it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def run(self, text: str, *arguments: Any) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self._dsn)
        try:
            return [tuple(row) for row in await connection.fetch(text, *arguments)]
        finally:
            await connection.close()

    async def add(self, url: str, name: str = "orders", tenant: str = "acme") -> Any:
        """An endpoint that wants everything."""
        made = "INSERT INTO webhook_endpoints (tenant, name, url, event_types, secret) VALUES ($1, $2, $3, '{}', $4)"
        return (await self.run(made + " RETURNING endpoint_id", tenant, name, url, ENDPOINT_SECRET))[0][0]

    async def enqueue(self, event_type: str = "credit.low", tenant: str = "acme", **options: Any) -> Queued:
        connection = await asyncpg.connect(self._dsn)
        try:
            return await enqueue(connection, tenant, event_type, {"balance": 999}, **options)
        finally:
            await connection.close()

    async def later(self, seconds: float) -> None:
        """Let time pass for whatever waits."""
        ago = timedelta(seconds=seconds)
        for column in ("due_at", "claimed_until"):
            await self.run(f"UPDATE webhook_deliveries SET {column} = {column} - $1::interval", ago)  # noqa: S608
        await self.run("UPDATE webhook_endpoints SET failing_since = failing_since - $1::interval", ago)


def sender_of(one: Replica, hook: Hook, **options: Any) -> WebhookSender:
    config = WebhooksConfig.model_validate(inside(hook))
    append = options.pop("append", one.ledger.append)
    return WebhookSender(
        lambda: config, one.ledger.webhooks, append, WebhookObserver(dict, one.metrics), **options
    )


async def one_round(working: WebhookSender) -> None:
    await working.run()
    await working.finish()
