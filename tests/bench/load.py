"""A load generator on raw sockets: ready-made requests in, latencies out, one request at a time a connection."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from statistics import quantiles
from time import perf_counter
from typing import NamedTuple, cast


class Load(NamedTuple):
    """What a run measured; latencies in milliseconds."""

    requests: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One HTTP/1.1 POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(path: str, headers: dict[str, str] | None = None) -> bytes:
    """One HTTP/1.1 GET as bytes."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode()


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], latencies_s: list[float], done: asyncio.Event, pause_s: float) -> None:
        self._requests = requests
        self._latencies_s = latencies_s
        self._done = done
        self._pause_s = pause_s
        self._buffer = b""
        self._began = 0.0
        self.failures = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.find(b"Content-Length: ", 0, head)
        length = int(self._buffer[at + 16 : self._buffer.index(b"\r\n", at)])
        if len(self._buffer) < head + 4 + length:
            return
        now = perf_counter()
        self._latencies_s.append(now - self._began)
        if self._buffer[9:12] != b"200":
            self.failures += 1
        self._buffer = b""
        if self._pause_s:
            wait_s = max(0.0, self._began + self._pause_s - now)
            asyncio.get_running_loop().call_later(wait_s, self._send)
        else:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self._done.set()

    def _send(self) -> None:
        try:
            payload = next(self._requests)
        except StopIteration:
            self._transport.close()
            return
        self._began = perf_counter()
        self._transport.write(payload)


async def run(port: int, requests: list[bytes], *, connections: int, rate: float = 0) -> Load:
    """Send every request once; with `rate`, no faster than that many a second in all."""
    latencies_s: list[float] = []
    source = iter(requests)
    loop = asyncio.get_running_loop()
    began = perf_counter()
    finished, made = [], []
    pause_s = connections / rate if rate else 0.0
    for _ in range(connections):
        done = asyncio.Event()
        _, connection = await loop.create_connection(
            lambda done=done: _Connection(source, latencies_s, done, pause_s), "127.0.0.1", port
        )
        finished.append(done)
        made.append(connection)
        if pause_s:
            await asyncio.sleep(pause_s / connections)
    for done in finished:
        await done.wait()
    seconds = perf_counter() - began
    cuts = quantiles(latencies_s, n=100)
    failures = sum(connection.failures for connection in made)
    return Load(len(latencies_s), failures, seconds, cuts[49] * 1000, cuts[98] * 1000)


def pin(core: int) -> None:
    """Keep this process on one core, so that load and server do not share one."""
    if core < (os.cpu_count() or 1):
        os.sched_setaffinity(0, {core})
