"""POST /events: our own schema, as one JSON object, an array, or NDJSON."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from exporter.config import TrackConfig, secrets
from exporter.errors import Rejected
from exporter.event import Submission
from exporter.sources.bearer import check_bearer
from exporter.sources.event_json import decode_event, default_at
from exporter.sources.source import Batch, Parked, Request
from exporter.sources.strict_json import decode_body

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])


class Track:
    """What applications report themselves; a bad event is parked and never stops the events beside it."""

    name = "track"

    def __init__(self, config: TrackConfig) -> None:
        self._tokens = secrets(config.token)

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
