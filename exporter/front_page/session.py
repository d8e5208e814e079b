"""Who looks at the page: the API's own token, kept by the browser in a cookie that only this page reads."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from exporter.api.caller import Caller
from exporter.api.endpoint import CallerOf
from exporter.body import read_body
from exporter.config import ApiConfig
from exporter.errors import Refusal, RefusalReason
from exporter.field_types import secrets

COOKIE = "comms_session"
_LONGEST_TOKEN = (
    3_800  # Browsers keep cookies up to 4,096 bytes with their names and attributes (RFC 6265, 6.1).
)
_BODY_BYTES, _BODY_S = 16_384, 10.0


def asks_for_token(config: ApiConfig) -> bool:
    """Whether there are keys that a token could be checked by; without, the page shows what /metrics shows to all."""
    return bool(secrets(config.jwt_secret) or config.jwks_file or config.jwks_url)


async def caller(request: web.Request, config: ApiConfig, caller_of: CallerOf) -> Caller | None:
    """Who looks; None where nobody is asked.

    Raises:
        Refusal: no token, or none that is believed now.
        DocumentUnavailable: the keys cannot be had now.
    """
    if not asks_for_token(config):
        return None
    token = request.cookies.get(COOKIE)
    # The cookie first: a proxy in front may have a use of its own for the header.
    return await caller_of(f"Bearer {token}" if token else request.headers.get("Authorization"))


async def token_sent(request: web.Request) -> str:
    """The token of the form.

    Raises:
        Refusal: another site sent the form, or it holds no token.
    """
    _require_own_site(request)
    form = parse_qs(
        (await read_body(request, limit_bytes=_BODY_BYTES, limit_s=_BODY_S, compressed=False)).decode(
            "latin-1"
        )
    )
    token = form.get("token", [""])[0].strip()
    if not token or len(token) > _LONGEST_TOKEN or not token.isascii():
        raise Refusal(RefusalReason.UNBELIEVED, f"paste a token of at most {_LONGEST_TOKEN} characters")
    return token


def begin(response: web.StreamResponse, request: web.Request, token: str) -> None:
    """Have the browser keep the token until it is closed; the token itself says until when it is good."""
    # The browser says how it came here, which we cannot see behind a proxy that ends TLS.
    is_https = request.headers.get("Origin", "").startswith("https://")
    response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="Strict", secure=is_https)


def end(request: web.Request, response: web.StreamResponse) -> None:
    """Have the browser forget the token.

    Raises:
        Refusal: another site asks for it.
    """
    _require_own_site(request)
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")


def _require_own_site(request: web.Request) -> None:
    """Browsers say where a form was; nobody else has a session that could be abused.

    Source: OWASP, Cross-Site Request Forgery Prevention, Fetch Metadata with Origin behind it (2026-11).
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:
        is_own = urlsplit(request.headers.get("Origin", "")).netloc == request.host
    else:
        is_own = site == "same-origin"
    if not is_own:
        raise Refusal(RefusalReason.FORBIDDEN, "the form was sent by another site")
