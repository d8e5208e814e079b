"""An HTTP server in a thread that answers as an exporter would, or as the test tells it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

ACCEPTED = {"accepted": 0, "duplicate": 0, "rejected": []}


class StandIn:
    """What it was sent, and what it will answer.

    Attributes:
        answers: pairs of status and JSON (or bytes), the next one first; when used up, everything is accepted.
        hangs_up: whether it closes each connection after an answer, without a word.
        hold: while cleared, no answer is given.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.answers: list[tuple[int, Any]] = []
        self.most_lines = 10_000
        self.batches: list[list[dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.targets: list[str] = []
        self.connections = 0
        self.hangs_up = False
        self.hold = Event()
        self.hold.set()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for batch in self.batches for event in batch]

    @property
    def ids(self) -> set[str]:
        return {event["event_id"] for event in self.events}

    def answer(self, lines: list[Any]) -> tuple[int, Any]:
        if len(lines) > self.most_lines:
            return 413, {"reason": "request_entity_too_large", "detail": "too large"}
        return self.answers.pop(0) if self.answers else (200, ACCEPTED)


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            stand_in.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            lines = [json.loads(line) for line in body.splitlines()]
            stand_in.hold.wait(10)
            status, content = stand_in.answer(lines)
            if status == 200:
                stand_in.batches.append(lines)
            self._send(status, content)

        def do_GET(self) -> None:
            self._send(*(stand_in.answers.pop(0) if stand_in.answers else (200, {})))

        def _send(self, status: int, content: Any) -> None:
            stand_in.headers.append(dict(self.headers))
            stand_in.targets.append(self.path)
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = stand_in.hangs_up

        def log_message(self, *args: object) -> None:
            pass

    return Handler


@contextmanager
def stand_in(port: int = 0) -> Iterator[StandIn]:
    """A server while the block lasts, on a free port or a given one."""
    server = ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler)
    server.daemon_threads = True
    one = StandIn(server.server_address[1])
    server.RequestHandlerClass = _handler(one)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield one
    finally:
        one.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
