"""What we are measured against, in one server: a handler that does nothing, and prometheus_client's page."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import sys

import uvloop
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, disable_created_metrics, generate_latest

from exporter.catalogue import BY_NAME
from exporter.known import siblings
from tests.bench.payload import tenant

_FAMILY = "comms_messages_total"
_FASTEST = 1


def registry_of(tenants: int) -> CollectorRegistry:
    """The series that tests.bench.payload.of_tenants creates."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # we write no second line for a counter either
    registry, family = CollectorRegistry(), BY_NAME[_FAMILY]
    counter = Counter(family.name, family.help, family.labels, registry=registry)
    for number in range(tenants):
        for key in siblings(_FAMILY, (tenant(number), "sms", "twilio", "outbound", "sent")):
            counter.labels(*key).inc()
    return registry


def application(registry: CollectorRegistry) -> web.Application:
    """The aiohttp application."""

    async def metrics(request: web.Request) -> web.Response:
        page = generate_latest(registry)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=page)
        # Its own handler compresses harder and slower; at our level the comparison is fair.
        packed = gzip.compress(page, _FASTEST)
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/-/ready", _ready)
    app.router.add_post("/webhooks/{sender}", _nothing)
    return app


async def _ready(request: web.Request) -> web.Response:
    return web.Response(text="ready\n")


async def _nothing(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=b"{}", content_type="application/json")


async def _serve(tenants: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    runner = web.AppRunner(application(registry_of(tenants)), access_log=None)
    await runner.setup()
    host, _, port = os.environ["COMMS_LISTEN"].rpartition(":")
    await web.TCPSite(runner, host, int(port), backlog=1024).start()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
