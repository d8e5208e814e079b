"""POST /logs: application logs as NDJSON, or as one JSON array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from exporter.errors import Reason, Rejected
from exporter.sources.log_reading import MOST_LINES, LogLine, LogSource, object_in
from exporter.sources.source import Request

_array = msgspec.json.Decoder(list[msgspec.Raw])


class Log(LogSource):
    """Application logs; a line that no rule takes is nothing to count, and is dropped."""

    name = "log"
    paths = ("/logs",)
    takes = "NDJSON or a JSON array of log lines, by the rules under `logs:`"

    def lines(self, request: Request) -> Iterator[LogLine]:
        """See LogSource."""
        return map(read_line, _split(request.body))


def _split(body: bytes) -> Iterable[bytes]:
    parts = _parts(body) if body[:1] == b"[" else None
    if (body.count(b"\n") if parts is None else len(parts)) > MOST_LINES:
        raise Rejected(Reason.TOO_LARGE, f"more than {MOST_LINES} lines")
    if parts is not None:
        return map(bytes, parts)
    # Only LF ends a line: bytes.splitlines would also cut at a lone CR.
    return filter(None, map(bytes.strip, body.split(b"\n")))


def _parts(body: bytes) -> list[msgspec.Raw] | None:
    """The elements of an array, as shippers send that are not told to send lines."""
    try:
        return _array.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


def read_line(raw: bytes) -> LogLine:
    """One line of NDJSON."""
    return LogLine(object_in(raw), raw)
