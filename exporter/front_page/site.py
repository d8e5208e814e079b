"""The routes of the page: itself, its assets, and how one logs in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NamedTuple

from aiohttp import web

from exporter.api.answer import STATUS, refused
from exporter.api.endpoint import CallerOf
from exporter.errors import Refusal, RefusalReason
from exporter.front_page import session
from exporter.front_page.assets import ASSETS, PREFIX
from exporter.front_page.document import document, login
from exporter.front_page.look import Parts, look
from exporter.front_page.visit import visit

_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer, which has browsers hide the Origin of our own forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_LOGIN = frozenset(
    {RefusalReason.UNPROVEN, RefusalReason.UNBELIEVED, RefusalReason.EXPIRED, RefusalReason.NOT_CONFIGURED}
)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site(NamedTuple):
    """The page with its session."""

    parts: Parts
    caller_of: CallerOf

    def routes(self) -> list[web.RouteDef]:
        """Where it answers."""
        return [
            web.get("/", _told(self._page)),
            web.post("/login", _told(self._login)),
            web.post("/logout", _told(self._logout)),
            web.get(PREFIX + "{name}", _asset),
        ]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        config = self.parts.sources.config()
        caller = await session.caller(request, config.api, self.caller_of)
        seen = await look(self.parts, visit(caller, request.query), datetime.now(UTC))
        return _html(document(seen, config))

    async def _login(self, request: web.Request) -> web.StreamResponse:
        token = await session.token_sent(request)
        await self.caller_of(f"Bearer {token}")
        home = _home()
        session.begin(home, request, token)
        return home

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        home = _home()
        session.end(request, home)
        return home


def _told(handle: _Handler) -> _Handler:
    """Refusals: who is not known is asked for a token, everybody else gets a problem document."""

    async def told(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except Refusal as refusal:
            if refusal.reason not in _LOGIN:
                return refused(refusal)
            detail = None if refusal.reason is RefusalReason.UNPROVEN else refusal.detail
            return _html(login(detail), STATUS[refusal.reason])

    return told


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", headers=_SECURITY)


def _home() -> web.Response:
    return web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})


async def _asset(request: web.Request) -> web.StreamResponse:
    asset = ASSETS.get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound(text="no such file")
    headers = {"Cache-Control": _FOR_EVER, "X-Content-Type-Options": "nosniff", "ETag": f'"{asset.name}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.body, content_type=asset.content_type, headers=headers)
