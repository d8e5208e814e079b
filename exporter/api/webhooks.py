"""Webhook endpoints of a tenant: made, paused, given a new secret, tried, and what they never took."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Body, Endpoint, Parameters
from exporter.errors import Refusal, RefusalReason
from exporter.field_types import LABEL_PATTERN
from exporter.ledger.webhooks import dead_letters, endpoints_of
from exporter.outbound.destination import url_problem
from exporter.outbound.signature import new_secret

if TYPE_CHECKING:
    from exporter.api.sources import Sources

PATH = "/api/v1/webhooks"
TEST = "webhook.test"
_OVERLAP_S = 86_400.0
_ADMIN = Role.TENANT_ADMIN
Handle = Callable[[Asked], Awaitable[Answer | None]]
EventType = Annotated[str, Field(max_length=64, pattern=r"^[a-z_]+(\.[a-z_]+)+$")]


class NewEndpoint(Body):
    """What to call, and of what to tell it; without event types of everything."""

    name: Annotated[
        str, Field(description="What metrics call it.", min_length=1, max_length=64, pattern=LABEL_PATTERN)
    ]
    url: Annotated[str, Field(description="Where to call; https, and no inside address.", max_length=2048)]
    event_types: Annotated[
        tuple[EventType, ...],
        Field(description="Of what to tell it; of everything without any.", max_length=50),
    ] = ()


class Retried(Body):
    """Which dead letter to try again; all without one."""

    delivery_id: UUID | None = Field(default=None, description="One dead letter; all of them without it.")


class EndpointId(Parameters):
    """Which endpoint."""

    endpoint_id: UUID = Field(description="The name of the endpoint.")


class WebhookEndpoint(Answer):
    """An endpoint and its health.

    Attributes:
        paused_by: `tenant`, `failures` after days of nothing else, or `gone` where it answered 410.
        failing_since: its first failure after its last success.
        waiting, dead, dropped: messages that wait for it, that it never took, and for which there was no room.
    """

    endpoint_id: UUID = Field(description="Its name here.")
    name: str = Field(description="What metrics call it.")
    url: str = Field(description="Where it is called.")
    event_types: list[str] = Field(description="Of what it is told; everything where empty.")
    created_at: datetime = Field(description="When it was added.")
    paused_at: datetime | None = Field(description="Since when it is not called.")
    paused_by: str | None = Field(
        description="`tenant`, `failures` after days of nothing else, or `gone` where it answered 410."
    )
    failing_since: datetime | None = Field(description="Its first failure after its last success.")
    succeeded_at: datetime | None = Field(description="Its last success.")
    waiting: int = Field(description="Messages that wait for it.")
    dead: int = Field(description="Messages that it never took.")
    dropped: int = Field(description="Messages for which there was no room.")


class WebhookEndpoints(Answer):
    """The endpoints of the tenant, by name."""

    endpoints: list[WebhookEndpoint] = Field(description="By name.")


class WebhookSecret(Answer):
    """A secret that signs from now on, shown this once; one before it signs as well for a day."""

    endpoint_id: UUID = Field(description="The endpoint.")
    secret: str = Field(description="What signs from now on, shown this once.")


class DeadLetter(Answer):
    """A message that the endpoint did not take in a day of attempts."""

    delivery_id: UUID = Field(description="Its name.")
    event_type: str = Field(description="What it tells of.")
    created_at: datetime = Field(description="When it was to be told.")
    dead_at: datetime = Field(description="When it was given up.")
    attempts: int = Field(description="How often it was tried.")
    last_outcome: str | None = Field(description="What became of the last attempt.")


class DeadLetters(Answer):
    """At most 1,000, newest first."""

    dead_letters: list[DeadLetter] = Field(description="The newest first.")


class Count(Answer):
    """How many messages wait now that did not before."""

    queued: int = Field(description="How many messages wait now that did not before.")


def webhook_endpoints(sources: Sources) -> list[Endpoint]:
    """Everything about webhook endpoints."""
    asks, one = _Asks(sources), f"{PATH}/{{endpoint_id}}"
    return [
        Endpoint("GET", PATH, "Webhook endpoints.", _ADMIN, asks.list, WebhookEndpoints),
        Endpoint(
            "POST",
            PATH,
            "Add a webhook endpoint.",
            _ADMIN,
            asks.create,
            WebhookSecret,
            body=NewEndpoint,
            status=201,
        ),
        _about("GET", one, "One webhook endpoint.", asks.read, WebhookEndpoint),
        _about("DELETE", one, "Remove an endpoint with all that waits for it.", asks.delete)._replace(
            status=204
        ),
        _about("POST", f"{one}/pause", "Tell it nothing until it is resumed.", asks.pause, WebhookEndpoint),
        _about("POST", f"{one}/resume", "Tell it again.", asks.resume, WebhookEndpoint),
        _about(
            "POST",
            f"{one}/secret",
            "A new secret; the old one signs too for a day.",
            asks.rotate,
            WebhookSecret,
        ),
        _about("POST", f"{one}/test", "Send a test.", asks.test, Count)._replace(status=202),
        _about("GET", f"{one}/dead-letters", "What it never took.", asks.dead_letters, DeadLetters),
        _about("POST", f"{one}/dead-letters/retry", "Try dead letters again.", asks.retry, Count)._replace(
            body=Retried
        ),
    ]


def _about(
    method: str, path: str, summary: str, handle: Handle, answer: type[Answer] | None = None
) -> Endpoint:
    return Endpoint(method, path, summary, _ADMIN, handle, answer, parameters=EndpointId)


class _Asks:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def list(self, asked: Asked) -> WebhookEndpoints:
        async with self._sources.reader.of(asked.one_tenant) as connection:
            rows = await endpoints_of(connection, asked.one_tenant)
        return WebhookEndpoints(endpoints=[WebhookEndpoint.model_validate(row) for row in rows])

    async def create(self, asked: Asked) -> WebhookSecret:
        config, wanted, secret = self._sources.config().webhooks, asked.body, new_secret()
        problem = url_problem(wanted.url, config)
        if problem is not None:
            raise Refusal(RefusalReason.BAD_BODY, f"url: {problem}")
        made = await self._sources.ledger.webhooks.create(
            asked.one_tenant,
            wanted.name,
            wanted.url,
            list(wanted.event_types),
            secret,
            config.endpoints_per_tenant,
        )
        if made is None:
            most = config.endpoints_per_tenant
            raise Refusal(RefusalReason.CONFLICT, f"the name is taken, or there are {most} endpoints already")
        return WebhookSecret(endpoint_id=UUID(str(made)), secret=secret)

    async def read(self, asked: Asked) -> WebhookEndpoint:
        async with self._sources.reader.of(asked.one_tenant) as connection:
            rows = await endpoints_of(connection, asked.one_tenant, asked.parameters.endpoint_id)
        _found(bool(rows))
        return WebhookEndpoint.model_validate(rows[0])

    async def delete(self, asked: Asked) -> None:
        _found(await self._sources.ledger.webhooks.delete(asked.one_tenant, asked.parameters.endpoint_id))

    async def pause(self, asked: Asked) -> WebhookEndpoint:
        return await self._paused_by(asked, "tenant")

    async def resume(self, asked: Asked) -> WebhookEndpoint:
        return await self._paused_by(asked, None)

    async def _paused_by(self, asked: Asked, who: str | None) -> WebhookEndpoint:
        webhooks = self._sources.ledger.webhooks
        _found(await webhooks.pause(asked.one_tenant, asked.parameters.endpoint_id, who))
        return await self.read(asked)

    async def rotate(self, asked: Asked) -> WebhookSecret:
        endpoint_id, secret = asked.parameters.endpoint_id, new_secret()
        webhooks = self._sources.ledger.webhooks
        _found(await webhooks.rotate(asked.one_tenant, endpoint_id, secret, _OVERLAP_S))
        return WebhookSecret(endpoint_id=endpoint_id, secret=secret)

    async def test(self, asked: Asked) -> Count:
        if (await self.read(asked)).paused_at is not None:
            raise Refusal(RefusalReason.CONFLICT, "the endpoint is paused")
        tenant, endpoint_id = asked.one_tenant, asked.parameters.endpoint_id
        done = await self._sources.ledger.webhooks.enqueue_one(tenant, endpoint_id, TEST, {})
        return Count(queued=done.queued)

    async def dead_letters(self, asked: Asked) -> DeadLetters:
        await self.read(asked)
        async with self._sources.reader.of(asked.one_tenant) as connection:
            rows = await dead_letters(connection, asked.one_tenant, asked.parameters.endpoint_id)
        return DeadLetters(dead_letters=[DeadLetter.model_validate(row) for row in rows])

    async def retry(self, asked: Asked) -> Count:
        await self.read(asked)
        tenant, endpoint_id = asked.one_tenant, asked.parameters.endpoint_id
        queued = await self._sources.ledger.webhooks.retry(tenant, endpoint_id, asked.body.delivery_id)
        return Count(queued=queued)


def _found(is_there: bool) -> None:
    if not is_there:
        raise Refusal(RefusalReason.NOT_FOUND, "the tenant has no such webhook endpoint")
