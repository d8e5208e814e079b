"""POST /v1/logs: logs over OTLP/HTTP, from OpenTelemetry's libraries and collectors."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from exporter.sources.log_reading import LogLine, LogSource
from exporter.sources.otlp_json import json_lines
from exporter.sources.otlp_protobuf import partial_success, protobuf_lines
from exporter.sources.source import Reply, Request, Stored

_JSON = "application/json"
_PROTOBUF = "application/x-protobuf"


class Otlp(LogSource):
    """OTLP logs; the answer is always a success, because a refused batch would be sent again or lost whole.

    Source: OTLP specification, section OTLP/HTTP response (opentelemetry.io/docs/specs/otlp, 2026-11).
    """

    name = "otlp"
    paths = ("/v1/logs",)
    takes = "OTLP/HTTP logs, JSON or protobuf; `gen_ai.*` needs no rule"
    content_types = (_JSON, _PROTOBUF)

    def lines(self, request: Request) -> Iterator[LogLine]:
        """See LogSource."""
        return json_lines(request.body) if _is_json(request) else protobuf_lines(request.body)

    def answer(self, request: Request, stored: Stored) -> Reply:
        """How many records could not be counted, in the request's own encoding."""
        rejected, message = len(stored.refused), ""
        if stored.refused:
            first = stored.refused[0]
            message = f"record {first.index}: {first.reason.value}: {first.detail}"
        if not _is_json(request):
            return Reply(200, partial_success(rejected, message), _PROTOBUF)
        # Protobuf's JSON writes 64-bit integers as text.
        partial = {"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": message}}
        return Reply(200, orjson.dumps(partial if rejected else {}), _JSON)


def _is_json(request: Request) -> bool:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower() == _JSON
