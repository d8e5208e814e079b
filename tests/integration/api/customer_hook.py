"""A customer's endpoint for webhooks, and how a tenant asks for it by API."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.integration.api.asking import TENANT_ADMIN, Api, Told

PATH = "/api/v1/webhooks"


class Hook:
    """A customer's endpoint: keeps what it is told, and answers as it is asked to."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.hold: asyncio.Event | None = None
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        if self.hold is not None and request.path == "/slow":
            await self.hold.wait()
        return web.Response(status=self.answers.pop(0) if self.answers else 204)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.heard]


@asynccontextmanager
async def listening() -> AsyncIterator[Hook]:
    one = Hook()
    app = web.Application()
    app.router.add_post("/{tail:.*}", one.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


def inside(hook: Hook) -> dict[str, Any]:
    """A configuration that lets webhooks go to the hook."""
    port = int(hook.url.rpartition(":")[2])
    return {"allow_http": True, "ports": [443, port], "allowed_networks": ["127.0.0.0/8"]}


async def post(api: Api, path: str, body: Any = None, caller: Any = TENANT_ADMIN) -> Told:
    return await api.ask("POST", PATH + path, caller, body=body)


async def created(api: Api, hook: Hook, **fields: Any) -> dict[str, str]:
    told = await post(api, "", {"name": "orders", "url": hook.url + "/a", **fields})
    assert told.status == 201, told.body
    return dict(told.json)


def signed_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + b64encode(hmac.digest(key, content, "sha256")).decode()
    return wanted in headers["webhook-signature"].split(" ")
