"""Twilio's REST API as we read it: one document, or a list page by page, with patience and with limits.

Source: twilio.com/docs/usage/api and twilio.com/docs/usage/twilios-response. Twilio's own library is not used: loaded,
it costs 13 MB and 0.1 s for what is one GET, and it neither waits for `Retry-After` nor bounds a body.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple, TypeVar

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
_OK, _UNAUTHORIZED, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 200, 401, 404, 429, 500


class ApiError(ExporterError):
    """The provider's API refuses us, or has no answer that can be read."""


class NoSuchResource(ApiError):
    """The provider has nothing by that name."""


class _AskAgain(ApiError):
    """No answer now; the same question may have one later, after `wait_s` where the provider says that."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class _Answer(NamedTuple):
    status: int
    retry_after: str
    body: bytes


class Page(msgspec.Struct):
    """What every page of a list has; its rows stand under a name of their own."""

    next_page_uri: str | None = None


_Document = TypeVar("_Document")
_Page = TypeVar("_Page", bound=Page)


class TwilioApi:
    """Reads what belongs to one account."""

    def __init__(self, config: TwilioConfig, api_url: str, sleep: Sleep = asyncio.sleep) -> None:
        self._account_sid = config.account_sid or ""
        self._tokens = secrets(config.auth_token)
        self._api_url = api_url
        self._sleep = sleep

    def uri(self, resource: str) -> str:
        """The path of one of the account's resources."""
        return f"/2010-04-01/Accounts/{self._account_sid}/{resource}"

    async def pages(
        self, first_uri: str, decoder: msgspec.json.Decoder[_Page]
    ) -> AsyncGenerator[_Page, None]:
        """A list from its first page to its last.

        Raises:
            ApiError: we are refused, or have asked often enough.
        """
        asked: set[str] = set()
        uri: str | None = first_uri
        async with ClientSession(timeout=_LIMIT) as session:
            while uri and uri not in asked:
                asked.add(uri)
                page = await self._read(session, uri, decoder)
                yield page
                uri = page.next_page_uri
        if uri:
            log.warning("the list goes in circles after %d pages", len(asked))

    async def document(self, uri: str, decoder: msgspec.json.Decoder[_Document]) -> _Document:
        """One document.

        Raises:
            ApiError: we are refused, or have asked often enough.
        """
        async with ClientSession(timeout=_LIMIT) as session:
            return await self._read(session, uri, decoder)

    async def _read(
        self, session: ClientSession, uri: str, decoder: msgspec.json.Decoder[_Document]
    ) -> _Document:
        """Ask until there is an answer, waiting longer each time."""
        for wait_s in _RETRY_S:
            try:
                return await self._ask(session, uri, decoder)
            except _AskAgain as later:
                await self._sleep(wait_s if later.wait_s is None else later.wait_s)
        return await self._ask(session, uri, decoder)

    async def _ask(
        self, session: ClientSession, uri: str, decoder: msgspec.json.Decoder[_Document]
    ) -> _Document:
        if not _is_path(uri):
            raise ApiError("the next page is not at the host that we gave our credentials")
        try:
            answer = await self._get(session, URL(self._api_url + uri, encoded=True))
        except (ClientError, TimeoutError) as error:
            raise _AskAgain(f"no answer: {type(error).__name__}") from error
        _check(answer)
        try:
            return decode_body(decoder, answer.body)
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
    if answer.status == _NOT_FOUND:
        raise NoSuchResource(f"status {answer.status}: look at account_sid, auth_token and api_url")
    if answer.status != _OK:
        raise ApiError(f"status {answer.status}: look at account_sid, auth_token and api_url")


async def _bounded(answer: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise ApiError(f"a page of more than {_MOST_BYTES} bytes")
    return bytes(body)
