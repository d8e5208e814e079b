"""POST /events: our own schema, as one JSON object, an array, or NDJSON."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from exporter.errors import Rejected
from exporter.event import Submission
from exporter.field_types import Secret, given_by, secrets
from exporter.sources.bearer import check_bearer
from exporter.sources.event_json import decode_event, default_at
from exporter.sources.log import Log
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch, Parked, Request, SenderConfig, Source
from exporter.sources.strict_json import decode_body

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])


class TrackConfig(SenderConfig):
    """The application's own events and logs."""

    token: Secret | None = given_by(
        "COMMS_EVENT_TOKEN",
        "Bearer token of POST /events and of the log endpoints; without it they are open to all who reach them.",
    )

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """Events and logs, which share a token."""
        tokens = secrets(self.token)
        return (Track(tokens), Log(tokens, log_rules))


class Track(Source):
    """What applications report themselves; a bad event is parked and never stops the events beside it."""

    name = "track"
    paths = ("/events",)
    strict = True

    def __init__(self, tokens: tuple[bytes, ...]) -> None:
        self._tokens = tokens

    def read(self, request: Request) -> Batch:
        """Check the token and decode each event on its own."""
        check_bearer(self._tokens, request)
        opening = default_at(request.received_at)
        batch = Batch([], [])
        for index, raw in enumerate(_split(request.body.strip())):
            try:
                event = decode_event(raw, opening, request.received_at)
            except Rejected as error:
                batch.parked.append(Parked(index, error.reason, error.detail, raw))
            else:
                batch.submissions.append(Submission(self.name, event, raw, event.event_id or None))
        return batch


def _split(body: bytes) -> Iterable[bytes]:
    """The raw events of a body; what it holds decides, since clients mislabel NDJSON as JSON."""
    if body.startswith(b"["):
        return [bytes(part) for part in decode_body(_array, body)]
    lines = [line for line in map(bytes.strip, body.split(b"\n")) if line]
    if len(lines) == 1 or not any(map(_is_object, lines)):
        decode_body(_object, body)
        return [body]
    return lines


def _is_object(line: bytes) -> bool:
    try:
        _object.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
