"""POST /loki/api/v1/push: logs from whatever can write to Loki."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.sources.log_reading import LogLine, LogSource
from exporter.sources.loki_json import json_lines
from exporter.sources.loki_protobuf import protobuf_lines
from exporter.sources.source import Reply, Request, Stored

_JSON = "application/json"
_PROTOBUF = "application/x-protobuf"


class Loki(LogSource):
    """Loki's push API, JSON or snappy-compressed protobuf.

    Source: grafana.com/docs/loki/latest/reference/loki-http-api, "Ingest logs" (2026-11).
    """

    name = "loki"
    paths = ("/loki/api/v1/push",)
    takes = "Loki push, JSON or snappy protobuf, by the rules under `logs:`"
    content_types = (_JSON, _PROTOBUF)

    def lines(self, request: Request) -> Iterator[LogLine]:
        """See LogSource."""
        form = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return json_lines(request.body) if form == _JSON else protobuf_lines(request.body)

    def answer(self, request: Request, stored: Stored) -> Reply:
        """204 as Loki says it; what could not be counted is said only where nothing could."""
        reply = super().answer(request, stored)
        return Reply(204, b"") if reply.status == 200 else reply
