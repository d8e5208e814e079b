"""A provider's REST API as we read it: one JSON document after the other, with patience and with limits.

The libraries of the providers are not used: Twilio's, loaded, costs 13 MB and 0.1 s for what is one GET, and it neither
waits for `Retry-After` nor bounds a body.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeVar

import msgspec
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from yarl import URL

from exporter.errors import ExporterError, Rejected
from exporter.sources.strict_json import decode_body

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


_Document = TypeVar("_Document")


class RestApi:
    """Reads documents at one host.

    Args:
        api_url: the host; nothing is asked elsewhere, since the proof goes with every question.
        proofs: headers that say who asks; a second set, given while a secret is rotated, is tried where the first
            is refused.
        settings: the keys to look at when we are refused.
    """

    def __init__(
        self,
        api_url: str,
        proofs: Sequence[dict[str, str]],
        settings: str,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._api_url = api_url
        self._proofs = proofs
        self._settings = settings
        self._sleep = sleep

    @asynccontextmanager
    async def session(self) -> AsyncIterator[ClientSession]:
        """For several documents in a row."""
        async with ClientSession(timeout=_LIMIT) as session:
            yield session

    def path_of(self, url: str) -> str:
        """The path of an address that the API itself has given.

        Raises:
            ApiError: it is at another host.
        """
        if not url.startswith(self._api_url + "/"):
            raise ApiError("the next page is not at the host that we gave our credentials")
        return url.removeprefix(self._api_url)

    async def read(
        self, session: ClientSession, uri: str, decoder: msgspec.json.Decoder[_Document]
    ) -> _Document:
        """Ask until there is an answer, waiting longer each time.

        Raises:
            ApiError: we are refused, or have asked often enough.
        """
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
        self._check(answer)
        try:
            return decode_body(decoder, answer.body)
        except Rejected as rejected:
            raise _AskAgain(f"the page cannot be read: {rejected.detail}") from rejected

    async def _get(self, session: ClientSession, url: URL) -> _Answer:
        answer = _Answer(_UNAUTHORIZED, "", b"")
        for headers in self._proofs:
            if answer.status == _UNAUTHORIZED:
                async with session.get(url, headers=headers, allow_redirects=False) as got:
                    answer = _Answer(got.status, got.headers.get("Retry-After", ""), await _bounded(got))
        return answer

    def _check(self, answer: _Answer) -> None:
        if answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR:
            stated = answer.retry_after
            is_seconds = stated.isascii() and stated.isdigit()
            wait_s = min(int(stated[:_WAIT_DIGITS]), _LONGEST_WAIT_S) if is_seconds else None
            raise _AskAgain(f"no answer: status {answer.status}", wait_s)
        if answer.status == _NOT_FOUND:
            raise NoSuchResource(f"status {answer.status}: look at {self._settings}")
        if answer.status != _OK:
            raise ApiError(f"status {answer.status}: look at {self._settings}")


async def _bounded(answer: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise ApiError(f"a page of more than {_MOST_BYTES} bytes")
    return bytes(body)
