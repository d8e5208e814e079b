"""HTTP to the exporter, over one connection that is kept."""

from __future__ import annotations

import gzip
import json
from http.client import BadStatusLine, HTTPConnection, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

_GZIP_FROM_BYTES = 1_024
_FASTEST = 1
_MOST_BYTES = 4_194_304


class Endpoint(NamedTuple):
    """Where the exporter is; `timeout_s` is how long it may keep silent."""

    url: str
    token: str | None
    timeout_s: float


class Answer(NamedTuple):
    """A status and the JSON that came with it; None where that was none."""

    status: int
    content: Any


class Transport:
    """A connection to the exporter, opened when it is first needed; for one thread."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connection: HTTPConnection | None = None

    def post(self, path: str, body: bytes) -> Answer:
        """Send a body, packed when that pays.

        Raises:
            OSError, http.client.HTTPException: no answer.
            ValueError: the URL or the token cannot be used.
        """
        headers = {"Content-Type": "application/x-ndjson"}
        if len(body) >= _GZIP_FROM_BYTES:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, _FASTEST)
        return self._ask("POST", path, body, headers)

    def get(self, path: str, query: dict[str, str]) -> Answer:
        """Ask; raises as `post` does."""
        return self._ask("GET", f"{path}?{urlencode(query)}", None, {})

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        is_reused = self._connection is not None
        try:
            return self._exchange(method, target, body, headers)
        except (ConnectionError, BadStatusLine):
            # The exporter closes connections that idle; a request on one of these never arrived.
            if not is_reused:
                raise
            return self._exchange(method, target, body, headers)

    def _exchange(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self._endpoint.token:
            headers = {**headers, "Authorization": f"Bearer {self._endpoint.token}"}
        prefix = urlsplit(self._endpoint.url).path.rstrip("/")
        try:
            connection = self._connected()
            connection.request(method, prefix + target, body, headers)
            answer = connection.getresponse()
            content = answer.read(_MOST_BYTES)
        except BaseException:
            self.close()
            raise
        if answer.will_close or not answer.isclosed():
            self.close()
        return Answer(answer.status, _decoded(content))

    def _connected(self) -> HTTPConnection:
        if self._connection is None:
            url = urlsplit(self._endpoint.url)
            if url.scheme not in ("http", "https") or not url.hostname:
                raise ValueError("the URL is not http://host or https://host")
            kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
            self._connection = kind(url.hostname, url.port, timeout=self._endpoint.timeout_s)
        return self._connection


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
