"""Whoever Alertmanager notifies: every notification is kept, in the order it came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web

DELIVERY, PLATFORM, OUTSIDE = "page-delivery", "page-platform", "page-outside"
TICKET, WATCHDOG = "ticket", "watchdog"


class Notification(NamedTuple):
    """One request of Alertmanager."""

    body: dict[str, Any]

    @property
    def receiver(self) -> str:
        return str(self.body["receiver"])

    @property
    def alertname(self) -> str:
        return str(self.body["groupLabels"]["alertname"])

    @property
    def status(self) -> str:
        return str(self.body["status"])


class PageReceiver:
    """A web server that answers 200 to every notification.

    Attributes:
        received: all that were not taken yet.
        refused: paths that are answered 500 and kept nothing of.
    """

    def __init__(self) -> None:
        self.received: list[Notification] = []
        self.refused: tuple[str, ...] = ()
        self.address = ""

    def take(self) -> list[Notification]:
        """All of them so far, which are then forgotten."""
        taken, self.received = self.received, []
        return taken

    async def receive(self, request: web.Request) -> web.Response:
        if request.path in self.refused:
            return web.Response(status=500)
        self.received.append(Notification(await request.json()))
        return web.Response()


@asynccontextmanager
async def page_receiver() -> AsyncIterator[PageReceiver]:
    """A receiver on a free port while the block lasts."""
    receiver = PageReceiver()
    application = web.Application()
    application.router.add_post("/{path:.*}", receiver.receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.address = f"127.0.0.1:{runner.addresses[0][1]}"
        yield receiver
    finally:
        await runner.cleanup()
