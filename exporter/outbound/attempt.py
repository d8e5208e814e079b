"""One attempt to call an endpoint: an address that was checked, no redirect, five seconds, and little of the answer."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, NamedTuple

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from exporter.config.webhooks import WebhooksConfig
from exporter.outbound.destination import NotAllowed, is_allowed, networks, url_problem

_LIMIT_S = 5.0
_MOST_BYTES = 65_536
_LOOKUPS = 64
"""Threads, begun when needed: a name server that never answers holds each for seconds."""


class Answer(NamedTuple):
    """What came of an attempt; no status is no answer, `detail` says why and names no address."""

    status: int | None
    seconds: float
    detail: str

    @property
    def is_success(self) -> bool:
        """Only 2xx is: a redirect is not followed."""
        return self.status is not None and 200 <= self.status < 300


class Caller:
    """Calls endpoints; names are looked up by threads of its own, so that slow ones hold up nobody else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="webhook-names")

    async def post(self, url: str, body: bytes, headers: dict[str, str], config: WebhooksConfig) -> Answer:
        """One attempt, whatever happens; what stood in the configuration when the URL was given may have changed."""
        began = monotonic()
        problem = url_problem(url, config)
        if problem is not None:
            return Answer(None, 0.0, f"the url {problem}")
        try:
            status = await self._status(url, body, headers, config)
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            return Answer(None, monotonic() - began, type(error).__name__)
        return Answer(status, monotonic() - began, str(status))

    def close(self) -> None:
        """Look up no more names."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _status(self, url: str, body: bytes, headers: dict[str, str], config: WebhooksConfig) -> int:
        session = ClientSession(
            connector=self._connector(config),
            timeout=ClientTimeout(total=_LIMIT_S),
            cookie_jar=DummyCookieJar(),
            # What is unpacked could be any number of bytes.
            auto_decompress=False,
        )
        async with (
            session,
            session.post(URL(url), data=body, headers=headers, allow_redirects=False) as answer,
        ):
            read = 0
            while read < _MOST_BYTES and (part := await answer.content.read(_MOST_BYTES - read)):
                read += len(part)
            return answer.status

    def _connector(self, config: WebhooksConfig) -> TCPConnector:
        allowed = networks(config)

        def checked(info: tuple[Any, ...]) -> socket.socket:
            """The socket of an address that is about to be connected to: nothing is looked up after this."""
            family, kind, protocol, _, address = info
            if not is_allowed(address[0], allowed):
                raise NotAllowed("webhooks may not go there")
            return socket.socket(family, kind, protocol)

        # A connection serves one endpoint once: nothing is pooled that another tenant's name could reach.
        return TCPConnector(
            resolver=_Names(self._threads), use_dns_cache=False, force_close=True, socket_factory=checked
        )


class _Names(AbstractResolver):
    """The system's resolver, in threads of our own."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """The threads belong to the caller."""
