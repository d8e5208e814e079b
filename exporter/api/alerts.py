"""POST /alerts: Alertmanager's webhook.

Alertmanager sends again after a 5xx, and only then: 4xx is for what can never work.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import orjson
from aiohttp import web

from exporter.body import read_body
from exporter.errors import Rejected
from exporter.paging.notification import Notification, read_notification
from exporter.paging.pager import NotPaged
from exporter.receive import problem

PATH = "/alerts"
_LIMIT_S = 15.0


class Alerts(NamedTuple):
    """What the route asks.

    Attributes:
        tokens: any of them is good; without any, everybody may page.
        body_bytes: the largest notification.
        take: pages, and says whether that was new.
    """

    tokens: Callable[[], tuple[bytes, ...]]
    body_bytes: Callable[[], int]
    take: Callable[[Notification], Awaitable[bool]]

    def routes(self) -> list[web.RouteDef]:
        """The route, for the application."""
        return [web.post(PATH, self._page)]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if not _is_trusted(self.tokens(), request.headers.get("Authorization", "")):
            return problem(401, "token", "bearer token or basic password is missing or wrong")
        body = await read_body(request, limit_bytes=self.body_bytes(), limit_s=_LIMIT_S)
        try:
            is_new = await self.take(read_notification(body))
        except Rejected as rejected:
            return problem(400, rejected.reason.value, rejected.detail)
        except NotPaged as error:
            return problem(503, "not_paged", str(error))
        return web.Response(body=orjson.dumps({"new": is_new}), content_type="application/json")


def _is_trusted(tokens: tuple[bytes, ...], authorization: str) -> bool:
    if not tokens:
        return True
    scheme, _, credential = authorization.strip().partition(" ")
    given = credential.strip().encode("utf-8", "surrogatepass")
    if scheme.lower() == "basic":
        given = _password(given)
    elif scheme.lower() != "bearer":
        return False
    return any(hmac.compare_digest(token, given) for token in tokens)


def _password(credential: bytes) -> bytes:
    try:
        return base64.b64decode(credential, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
