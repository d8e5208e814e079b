"""GET /health: whether the service, its database and its warehouse are well, as seed document 001 asks."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple

from aiohttp import web
from pydantic import Field

from exporter.api.answer import Answer, json_of


class Service(Answer):
    """The state of this exporter."""

    status: str = Field(description="`healthy`, or `degraded` while events cannot be stored.")
    service: str = Field(description="The name of this program.")
    version: str = Field(description="Its version.")
    environment: str = Field(description="`demo` with simulated senders, else `production`.")
    database: str = Field(description="`connected` or `disconnected`.")
    bigquery: str = Field(description="`configured` where a scan reads one, else `not_configured`.")


class ServiceHealth(NamedTuple):
    """What the route asks; without a token, and from memory."""

    ready: Callable[[], bool]
    warehouse: Callable[[], bool]
    demo: bool

    def routes(self) -> list[web.RouteDef]:
        """The route, for the application."""
        return [web.get("/health", self._health)]

    async def _health(self, request: web.Request) -> web.Response:
        """503 while degraded, so that a load balancer needs no parser."""
        ready = self.ready()
        state = Service(
            status="healthy" if ready else "degraded",
            service="comms-exporter",
            version=version("comms-exporter"),
            environment="demo" if self.demo else "production",
            database="connected" if ready else "disconnected",
            bigquery="configured" if self.warehouse() else "not_configured",
        )
        status = 200 if ready else 503
        return web.Response(status=status, body=json_of(state), content_type="application/json")
