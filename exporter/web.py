"""Routes: what answers where, and how a failure becomes a status."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

import orjson
from aiohttp import web
from aiohttp.typedefs import Middleware

from exporter.api.alerts import PATH as ALERTS_PATH
from exporter.api.alerts import Alerts
from exporter.api.communications import Communications
from exporter.api.docs_page import CONTENT_SECURITY_POLICY, docs_page
from exporter.api.download import Outcome
from exporter.api.endpoint import CallerOf, Endpoint, routes
from exporter.api.notification_alerts import NotificationAlerts
from exporter.api.openapi import openapi
from exporter.api.service import ServiceHealth
from exporter.errors import ConfigError, DocumentUnavailable, LedgerUnavailable
from exporter.exposition import Exposition, negotiate
from exporter.front_page.site import Site
from exporter.health import Health
from exporter.receive import Receiver, problem
from exporter.selfmetrics import SelfMetrics

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Parts(NamedTuple):
    """What the routes lead to."""

    receivers: Sequence[Receiver]
    exposition: Callable[[], Exposition]
    before_scrape: Callable[[], None]
    ready: Callable[[], bool]
    reload: Callable[[], None]
    site: Site
    health: Health
    metrics: SelfMetrics
    communications: Communications
    notification_alerts: NotificationAlerts
    service: ServiceHealth
    endpoints: Sequence[Endpoint]
    caller_of: CallerOf
    alerts: Alerts


def application(parts: Parts) -> web.Application:
    """The aiohttp application; it opens and closes nothing."""
    app = web.Application(middlewares=[_answering(parts.metrics)], client_max_size=0)
    app.add_routes(
        [
            web.get("/metrics", _metrics(parts)),
            web.get("/-/healthy", _healthy),
            web.get("/-/ready", _ready(parts)),
            web.post("/-/reload", _reload(parts)),
            *parts.site.routes(),
            web.get("/api/webhooks/{source}/health", _sender_health(parts)),
            web.get("/api/workers", _workers(parts)),
            web.get("/api/workers/{prefix}", _workers(parts)),
            *parts.communications.routes(),
            *parts.notification_alerts.routes(),
            *parts.service.routes(),
            *routes(parts.endpoints, parts.caller_of),
            web.get("/api/openapi.json", _openapi(parts)),
            web.get("/api/docs", _docs(parts)),
            *parts.alerts.routes(),
        ]
    )
    # Known at zero, so that the first failure is seen as one.
    parts.metrics.http_requests.labels(ALERTS_PATH, "503")
    for outcome in Outcome:
        parts.metrics.downloads.labels(outcome)
    for receiver in parts.receivers:
        for path in receiver.source.paths:
            app.router.add_post(path, receiver.handle)
            if receiver.source.greets:
                app.router.add_get(path, receiver.greet)
    return app


def _answering(metrics: SelfMetrics) -> Middleware:
    """Turns failures into answers and counts all of them; one middleware, because each costs every request."""
    known: dict[tuple[str, int], Callable[[], None]] = {}

    def count(request: web.Request, status: int) -> None:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "_other"
        inc = known.get((route, status))
        if inc is None:
            inc = known[route, status] = metrics.http_requests.labels(route, str(status)).inc
        inc()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = _refusal(error)
        except LedgerUnavailable:
            response = _come_back("ledger_unavailable")
        except DocumentUnavailable:
            response = _come_back("document_unavailable")
        count(request, response.status)
        return response

    return middleware


def _come_back(reason: str) -> web.Response:
    """Our own trouble is never the sender's fault: it is told to come back."""
    answer = problem(503, reason, "not stored, send it again")
    answer.headers["Retry-After"] = "1"
    return answer


def _refusal(error: web.HTTPException) -> web.Response:
    answer = problem(error.status, error.reason.lower().replace(" ", "_"), error.text or error.reason)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    if error.status in (408, 413):
        answer.force_close()
    return answer


def _metrics(parts: Parts) -> Handler:
    async def metrics(request: web.Request) -> web.StreamResponse:
        """Always from memory, a piece at a time, so that a large page keeps no webhook waiting."""
        parts.before_scrape()
        form = negotiate(request.headers.get("Accept", ""), request.headers.get("Accept-Encoding", ""))
        headers = {"Content-Type": form.content_type}
        if form.gzip:
            headers["Content-Encoding"] = "gzip"
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        # A scraper that gives up in the middle is its own affair.
        with contextlib.suppress(ConnectionResetError):
            for piece in parts.exposition().pieces(openmetrics=form.openmetrics, gzip=form.gzip):
                await response.write(piece)
                await asyncio.sleep(0)
            await response.write_eof()
        return response

    return metrics


async def _healthy(request: web.Request) -> web.StreamResponse:
    return web.Response(text="comms-exporter is healthy.\n")


def _ready(parts: Parts) -> Handler:
    async def ready(request: web.Request) -> web.StreamResponse:
        if parts.ready():
            return web.Response(text="comms-exporter is ready.\n")
        return web.Response(status=503, text="the ledger is not ready\n")

    return ready


def _reload(parts: Parts) -> Handler:
    async def reload(request: web.Request) -> web.StreamResponse:
        try:
            parts.reload()
        except ConfigError as error:
            return problem(400, "config", str(error))
        return web.Response(text="reloaded\n")

    return reload


def _sender_health(parts: Parts) -> Handler:
    async def sender_health(request: web.Request) -> web.StreamResponse:
        """Aggregates that /metrics shows as well, so nobody is asked for a token."""
        health = parts.health.sender(request.match_info["source"])
        return problem(404, "unknown_source", "no sender has this name") if health is None else _json(health)

    return sender_health


def _workers(parts: Parts) -> Handler:
    async def workers(request: web.Request) -> web.StreamResponse:
        return _json(parts.health.workers(request.match_info.get("prefix", "")))

    return workers


def _openapi(parts: Parts) -> Handler:
    document = orjson.dumps(_described(parts))

    async def described(request: web.Request) -> web.StreamResponse:
        return web.Response(body=document, content_type="application/json")

    return described


def _docs(parts: Parts) -> Handler:
    text = docs_page(_described(parts))

    async def docs(request: web.Request) -> web.StreamResponse:
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    return docs


def _described(parts: Parts) -> dict[str, Any]:
    return openapi(parts.endpoints, version("comms-exporter"))


def _json(data: dict[str, Any]) -> web.Response:
    """Times as RFC 3339 in UTC."""
    return web.Response(body=orjson.dumps(data, option=orjson.OPT_UTC_Z), content_type="application/json")
