"""Prometheus' HTTP API as far as history is read from it, with patience and with limits.

Source: prometheus.io/docs/prometheus/latest/querying/api. Thanos and Mimir answer the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from exporter.errors import ExporterError

Sleep = Callable[[float], Awaitable[object]]

_LIMIT = ClientTimeout(total=150)
"""Longer than Prometheus' own query.timeout of 2 minutes, whose answer says what happened."""
_RETRY_S = (1.0, 2.0, 4.0)
_MOST_BYTES = 256 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_OK, _TOO_MUCH, _TOO_MANY_REQUESTS, _NO_ANSWER = 200, 422, 429, 500


class HistoryUnavailable(ExporterError):
    """The server cannot be asked, or refuses the question; the text says which."""


class TooMuch(HistoryUnavailable):
    """The server gave up on the question for its size; a smaller one may have an answer."""


class Series(msgspec.Struct):
    """One series of a matrix; each value is a Unix time in seconds and a number as text."""

    metric: dict[str, str]
    values: list[tuple[float, str]]


class _Matrix(msgspec.Struct):
    result: list[Series]


class _Range(msgspec.Struct):
    data: _Matrix


class _Names(msgspec.Struct):
    data: list[str]


class _Refusal(msgspec.Struct):
    error: str = ""


_Document = TypeVar("_Document")


class Prometheus:
    """A server that holds history."""

    def __init__(self, url: URL, session: ClientSession, sleep: Sleep = asyncio.sleep) -> None:
        self._url = url
        self._session = session
        self._sleep = sleep

    async def query_range(self, expr: str, start_s: float, end_s: float, step_s: float) -> list[Series]:
        """The series that an expression gave, from a Unix time to another, both included.

        Raises:
            TooMuch: the same for a shorter time may have an answer.
            HistoryUnavailable: no answer, or a refusal.
        """
        asked = {"query": expr, "start": f"{start_s:.3f}", "end": f"{end_s:.3f}", "step": f"{step_s:.3f}"}
        return _decoded(await self._read("query_range", asked), _Range).data.result

    async def metric_names(self, start_s: float, end_s: float) -> frozenset[str]:
        """Every metric that had a sample in a time; raises HistoryUnavailable."""
        asked = {"start": f"{start_s:.3f}", "end": f"{end_s:.3f}"}
        return frozenset(_decoded(await self._read("label/__name__/values", asked, "GET"), _Names).data)

    async def _read(self, path: str, asked: dict[str, str], method: str = "POST") -> bytes:
        """Ask until there is an answer, waiting longer each time."""
        for wait_s in _RETRY_S:
            try:
                return await self._ask(method, path, asked)
            except (ClientError, TimeoutError, _NotNow):
                await self._sleep(wait_s)
        try:
            return await self._ask(method, path, asked)
        except (ClientError, TimeoutError, _NotNow) as error:
            why = str(error) if isinstance(error, _NotNow) else type(error).__name__
            raise HistoryUnavailable(f"{shown(self._url)} does not answer: {why}") from None

    async def _ask(self, method: str, path: str, asked: dict[str, str]) -> bytes:
        # POST: an expression with many levels is longer than a URL may be.
        given = {"params": asked} if method == "GET" else {"data": asked}
        url = self._url / "api/v1" / path
        async with self._session.request(method, url, **given, allow_redirects=False) as answer:  # type: ignore[arg-type]
            body = bytearray()
            async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise TooMuch(f"an answer of more than {_MOST_BYTES} bytes")
        _check(answer.status, bytes(body), self._url)
        return bytes(body)


class _NotNow(Exception):
    """The server is busy or starting; it may have an answer later."""


@asynccontextmanager
async def asking(url: str, sleep: Sleep = asyncio.sleep) -> AsyncIterator[Prometheus]:
    """A server by its address, with a path where it has one and with user:password@ where it asks for them.

    Raises:
        HistoryUnavailable: the text is no address.
    """
    try:
        address = URL(url)
    except ValueError:
        address = URL()
    if address.scheme not in ("http", "https") or not address.host:
        raise HistoryUnavailable(
            "--prometheus must be http://host:port or https://host:port, with a path if need be"
        )
    async with ClientSession(timeout=_LIMIT) as session:
        yield Prometheus(address, session, sleep)


def shown(url: URL) -> str:
    """The address without what is secret in it."""
    return str(url.with_user(None))


def _check(status: int, body: bytes, url: URL) -> None:
    if status == _OK:
        return
    try:
        error = _decoded(body, _Refusal).error
    except HistoryUnavailable:
        error = ""
    said = f"{shown(url)} answers {status}{f': {error}' if error else ''}"
    if (status == _TOO_MUCH and "too many samples" in error) or "timed out" in error:
        raise TooMuch(said)
    if status == _TOO_MANY_REQUESTS or status >= _NO_ANSWER:
        raise _NotNow(f"status {status}")
    raise HistoryUnavailable(said)


def _decoded(body: bytes, into: type[_Document]) -> _Document:
    try:
        return msgspec.json.decode(body, type=into)
    except msgspec.DecodeError as error:
        raise HistoryUnavailable("the answer is not that of a Prometheus") from error
