"""Reading a page over HTTP, timed to its last byte. Run with a port, it reads /metrics every second."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import sys
from collections.abc import Mapping
from http.client import HTTPResponse
from io import BytesIO
from time import perf_counter
from typing import NamedTuple, cast

_LIMIT_S = 30
_READ_BYTES = 1 << 20
_EVERY_S = 1.0


class Page(NamedTuple):
    """An answer; `seconds` from connecting to the last byte, unpacking not included."""

    status: int
    body: bytes
    seconds: float

    def total(self, metric: str) -> float:
        """The sum of a metric's series."""
        openings = (f"{metric}{{".encode(), f"{metric} ".encode())
        lines = (line for line in self.body.splitlines() if line.startswith(openings))
        return sum(float(line.rpartition(b" ")[2]) for line in lines)


class _Received:
    """Bytes that came from a socket, for http.client to take apart."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, mode: str) -> BytesIO:
        return BytesIO(self._received)


def read(
    port: int, path: str = "/metrics", *, compressed: bool = False, headers: Mapping[str, str] | None = None
) -> Page:
    """Get a page, unpacked.

    Raises:
        OSError: no answer, or none within half a minute.
    """
    received, seconds = _receive(port, path, compressed, headers or {})
    answer = HTTPResponse(cast("socket.socket", _Received(received)))
    answer.begin()
    body = answer.read()
    return Page(answer.status, gzip.decompress(body) if compressed else body, seconds)


def read_until_told(port: int) -> None:
    """What Prometheus does, every second instead of every fifteen, and out of everybody's way.

    It says when it begins, and leaves the pages packed: on two cores, unpacking would hold up the load generator.
    SIGTERM ends it between two pages, since a page cut short is an error to the server.
    """
    os.nice(19)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    print("reading", flush=True)
    wait_s = 0.0
    while signal.sigtimedwait({signal.SIGTERM}, wait_s) is None:
        _, took_s = _receive(port, "/metrics", compressed=True, headers={})
        wait_s = max(0.0, _EVERY_S - took_s)


def _receive(port: int, path: str, compressed: bool, headers: Mapping[str, str]) -> tuple[bytes, float]:
    """An answer as it comes, and the seconds that it took."""
    encoding = "gzip" if compressed else "identity"
    lines = f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Accept-Encoding: {encoding}", "Connection: close"
    lines += tuple(f"{name}: {value}" for name, value in headers.items())
    began = perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=_LIMIT_S) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        parts = []
        while part := connection.recv(_READ_BYTES):
            parts.append(part)
    return b"".join(parts), perf_counter() - began


if __name__ == "__main__":
    read_until_told(int(sys.argv[1]))
