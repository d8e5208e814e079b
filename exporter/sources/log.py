"""POST /logs: NDJSON of application logs, mapped to events by the rules in config."""

from __future__ import annotations

from typing import Any

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import Submission
from exporter.sources.bearer import check_bearer
from exporter.sources.event_json import decode_event, default_at
from exporter.sources.log_mapping import LogMapping
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch, Parked, Request, Source

_line = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Log(Source):
    """Application logs; a line that no rule takes is nothing to count, and is dropped."""

    name = "log"
    paths = ("/logs",)
    strict = True

    def __init__(self, tokens: tuple[bytes, ...], rules: tuple[LogRule, ...]) -> None:
        self._tokens = tokens
        self._mappings = [LogMapping(rule) for rule in rules]

    def read(self, request: Request) -> Batch:
        """Check the token and turn each line that a rule takes into an event; the first rule wins."""
        check_bearer(self._tokens, request)
        opening = default_at(request.received_at)
        batch = Batch([], [])
        ignored = 0
        # Only LF ends a line: bytes.splitlines would also cut at a lone CR.
        lines = [line for line in map(bytes.strip, request.body.split(b"\n")) if line]
        for index, raw in enumerate(lines):
            try:
                mapped = self._mapped(raw)
                if mapped is None:
                    ignored += 1
                    continue
                event = decode_event(mapped, opening, request.received_at)
            except Rejected as error:
                batch.parked.append(Parked(index, error.reason, error.detail, raw))
            else:
                batch.submissions.append(Submission(self.name, event, raw, event.event_id or None))
        return batch._replace(ignored=ignored)

    def _mapped(self, raw: bytes) -> bytes | None:
        """The line as an event of our own schema, or None when no rule takes it."""
        try:
            line = _line.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected(Reason.MALFORMED_EVENT, "not a readable JSON object") from error
        mapping = next((mapping for mapping in self._mappings if mapping.takes(line)), None)
        return None if mapping is None else _encode(mapping.event(line))
