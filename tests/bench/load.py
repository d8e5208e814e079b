"""A load generator on raw sockets: ready-made requests in, latencies out, one request at a time a connection."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from functools import partial
from math import inf
from time import perf_counter
from typing import NamedTuple, cast

import uvloop

from tests.bench.cores import on_load_core

_LIMIT_S = 60
_STORED = (b"200", b"204")


class Load(NamedTuple):
    """What a run measured."""

    requests: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def requests_per_s(self) -> float:
        return self.requests / self.seconds


class _Connection(asyncio.Protocol):
    """Sends its next request when the last one is answered, and with a pause not before that one's turn.

    An answer that comes after the next request's turn delays that request, and the delay counts as its latency:
    otherwise a server could hide a stall by holding back the requests that would have seen it.
    """

    def __init__(self, requests: Iterator[bytes], latencies_s: list[float], pause_s: float) -> None:
        self._requests = requests
        self._latencies_s = latencies_s
        self._pause_s = pause_s
        self._received = b""
        self._turn = self._began = 0.0
        self.done = asyncio.Event()
        self.failures = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._turn = self._began = perf_counter()
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._received.find(b"Content-Length: ", 0, head)
        # A 204, as Loki's clients expect it, has neither a body nor its length.
        length_bytes = int(self._received[at + 16 : self._received.index(b"\r\n", at)]) if at >= 0 else 0
        if len(self._received) < head + 4 + length_bytes:
            return
        now = perf_counter()
        self._latencies_s.append(now - self._began)
        self.failures += self._received[9:12] not in _STORED
        self._received = b""
        self._continue(now)

    def connection_lost(self, error: Exception | None) -> None:
        self.done.set()

    def _continue(self, now: float) -> None:
        self._turn += self._pause_s
        if self._pause_s and self._turn > now:
            asyncio.get_running_loop().call_later(self._turn - now, self._send_now)
        else:
            self._began = self._turn if self._pause_s else now
            self._send()

    def _send_now(self) -> None:
        self._began = perf_counter()
        self._send()

    def _send(self) -> None:
        payload = next(self._requests, None)
        if payload is None:
            self._transport.close()
        else:
            self._transport.write(payload)


def load(port: int, requests: list[bytes], *, connections: int, requests_per_s: float = 0) -> Load:
    """Send every request once, from a core of its own; as fast as answers come, or at a steady pace.

    Raises:
        TimeoutError: the server did not answer all of them in a minute.
    """
    pause_s = connections / requests_per_s if requests_per_s else 0.0
    gc.collect()
    gc.disable()
    try:
        with on_load_core():
            return uvloop.run(_run(port, requests, connections, pause_s))
    finally:
        gc.enable()


async def _run(port: int, requests: list[bytes], connections: int, pause_s: float) -> Load:
    latencies_s: list[float] = []
    source = iter(requests)
    loop = asyncio.get_running_loop()
    made: list[_Connection] = []
    async with asyncio.timeout(_LIMIT_S):
        began = perf_counter()
        for _ in range(connections):
            make = partial(_Connection, source, latencies_s, pause_s)
            _, connection = await loop.create_connection(make, "127.0.0.1", port)
            made.append(connection)
            await asyncio.sleep(pause_s / connections)
        for connection in made:
            await connection.done.wait()
        seconds = perf_counter() - began
    latencies_s.sort()
    # A request that got no answer is a failure too.
    failures = sum(connection.failures for connection in made) + len(requests) - len(latencies_s)
    return Load(len(latencies_s), failures, seconds, *_milliseconds(latencies_s))


def _milliseconds(sorted_s: list[float]) -> tuple[float, float]:
    """The middle one and the one that one in a hundred exceeds; none are as bad as it gets."""
    if not sorted_s:
        return inf, inf
    return sorted_s[len(sorted_s) // 2] * 1000, sorted_s[len(sorted_s) * 99 // 100] * 1000
