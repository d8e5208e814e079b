"""Twilio's list of messages, page by page.

Source: twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources. Twilio's own library is not
used: loaded, it costs 13 MB and 0.1 s for what is one GET, and it neither waits for `Retry-After` nor bounds a body.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, encode_basic_auth
from yarl import URL

from exporter.errors import ExporterError, Rejected
from exporter.field_types import secrets
from exporter.sources.strict_json import decode_body
from exporter.sources.twilio import TwilioConfig

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[object]]

_LIMIT = ClientTimeout(total=60)
_MOST_BYTES = 64 * 1024 * 1024
_RETRY_S = (1.0, 2.0, 4.0, 8.0)
_LONGEST_WAIT_S = 60
_WAIT_DIGITS = 6
_CHUNK_BYTES = 65_536
_is_path = re.compile(r"/[!-~]*").fullmatch
_OK, _UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 200, 401, 429, 500


class ApiError(ExporterError):
    """The provider's API refuses us, or has no answer that can be read."""


class _AskAgain(ApiError):
    """No answer now; the same question may have one later, after `wait_s` where the provider says that."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class _Answer(NamedTuple):
    status: int
    retry_after: str
    body: bytes


class _Page(msgspec.Struct):
    messages: list[msgspec.Raw]
    next_page_uri: str | None = None


_PAGE = msgspec.json.Decoder(_Page)


class MessagesApi:
    """Reads the messages of one account."""

    def __init__(self, config: TwilioConfig, sleep: Sleep = asyncio.sleep) -> None:
        self._account_sid = config.account_sid or ""
        self._tokens = secrets(config.auth_token)
        self._reconcile = config.reconcile
        self._sleep = sleep

    async def pages(self, since: datetime, until: datetime) -> AsyncGenerator[list[bytes], None]:
        """The messages sent between two moments, each as its JSON.

        Raises:
            ApiError: we are refused, or have asked often enough.
        """
        asked: set[str] = set()
        uri: str | None = self._first_uri(since, until)
        async with ClientSession(timeout=_LIMIT) as session:
            while uri and uri not in asked:
                asked.add(uri)
                page = await self._page(session, uri)
                yield [bytes(message) for message in page.messages]
                uri = page.next_page_uri
        if uri:
            log.warning("the list of messages goes in circles after %d pages", len(asked))

    def _first_uri(self, since: datetime, until: datetime) -> str:
        query = {
            "DateSent>": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "DateSent<": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "PageSize": self._reconcile.page_messages,
        }
        return f"/2010-04-01/Accounts/{self._account_sid}/Messages.json?{urlencode(query)}"

    async def _page(self, session: ClientSession, uri: str) -> _Page:
        """Ask until there is a page, waiting longer each time."""
        for wait_s in _RETRY_S:
            try:
                return await self._ask(session, uri)
            except _AskAgain as later:
                await self._sleep(wait_s if later.wait_s is None else later.wait_s)
        return await self._ask(session, uri)

    async def _ask(self, session: ClientSession, uri: str) -> _Page:
        if not _is_path(uri):
            raise ApiError("the next page is not at the host that we gave our credentials")
        try:
            answer = await self._get(session, URL(self._reconcile.api_url + uri, encoded=True))
        except (ClientError, TimeoutError) as error:
            raise _AskAgain(f"no answer: {type(error).__name__}") from error
        _check(answer)
        try:
            return decode_body(_PAGE, answer.body)
        except Rejected as rejected:
            raise _AskAgain(f"the page cannot be read: {rejected.detail}") from rejected

    async def _get(self, session: ClientSession, url: URL) -> _Answer:
        """One GET; a second token, given while it is rotated, is tried where the first is refused."""
        answer = _Answer(_UNAUTHORIZED, "", b"")
        for token in self._tokens:
            if answer.status == _UNAUTHORIZED:
                proof = encode_basic_auth(self._account_sid, token.decode(), "utf-8")
                headers = {"Authorization": proof}
                async with session.get(url, headers=headers, allow_redirects=False) as got:
                    answer = _Answer(got.status, got.headers.get("Retry-After", ""), await _bounded(got))
        return answer


def _check(answer: _Answer) -> None:
    if answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR:
        stated = answer.retry_after
        is_seconds = stated.isascii() and stated.isdigit()
        wait_s = min(int(stated[:_WAIT_DIGITS]), _LONGEST_WAIT_S) if is_seconds else None
        raise _AskAgain(f"no answer: status {answer.status}", wait_s)
    if answer.status != _OK:
        raise ApiError(f"status {answer.status}: look at account_sid, auth_token and api_url")


async def _bounded(answer: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise ApiError(f"a page of more than {_MOST_BYTES} bytes")
    return bytes(body)
