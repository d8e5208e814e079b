"""POST /events: our own schema, as one JSON object, an array, or NDJSON."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from pydantic import Field

from exporter.errors import Reason, Rejected
from exporter.event import Submission
from exporter.field_types import LabelName, Secret, given_by, secrets
from exporter.sources.action_list import NO_LIST, ActionList
from exporter.sources.bearer import check_bearer
from exporter.sources.email_opened import EmailOpened
from exporter.sources.event_json import decode_event, default_at
from exporter.sources.log import Log
from exporter.sources.log_rule import LogRule
from exporter.sources.loki import Loki
from exporter.sources.message_text import apart, with_text
from exporter.sources.otlp import Otlp
from exporter.sources.source import Batch, Parked, Request, SenderConfig, Source
from exporter.sources.strict_json import decode_body
from exporter.sources.user_action import UserAction

_MOST_EVENTS = 100_000
"""In one body: millions of empty ones would hold up every webhook for seconds."""

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])


class TrackConfig(SenderConfig):
    """The application's own events and logs."""

    token: Secret | None = given_by(
        "COMMS_EVENT_TOKEN",
        "Bearer token of POST /events and of the log endpoints; without it they are open to all who reach them.",
    )
    actions: list[LabelName] = Field(
        default=[],
        description="Actions of users that metrics tell apart, others are `other`; when empty, all of them.",
    )

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """Events, two small webhooks and logs, which share a token."""
        tokens = secrets(self.token)
        actions = ActionList(self.actions)
        return (
            Track(tokens, actions),
            EmailOpened(tokens),
            UserAction(tokens, actions),
            Log(tokens, log_rules),
            Otlp(tokens, log_rules),
            Loki(tokens, log_rules),
        )


class Track(Source):
    """What applications report themselves; a bad event is parked and never stops the events beside it."""

    name = "track"
    paths = ("/events",)
    takes = "an object, an array or NDJSON of our own schema"
    strict = True

    def __init__(self, tokens: tuple[bytes, ...], actions: ActionList = NO_LIST) -> None:
        self._tokens = tokens
        self._actions = actions

    def read(self, request: Request) -> Batch:
        """Check the token and decode each event on its own; what it holds of a message's text is not kept."""
        check_bearer(self._tokens, request)
        opening = default_at(request.received_at)
        batch = Batch([], [])
        for index, raw in enumerate(_split(request.body.strip())):
            raw, text = apart(raw)
            try:
                event = with_text(decode_event(raw, opening, request.received_at), text)
                event = self._actions.named(event)
            except Rejected as error:
                batch.parked.append(Parked(index, error.reason, error.detail, raw))
            else:
                batch.submissions.append(Submission(self.name, event, raw, event.event_id or None))
        return batch


def _split(body: bytes) -> Iterable[bytes]:
    """The raw events of a body; what it holds decides, since clients mislabel NDJSON as JSON."""
    if body.startswith(b"["):
        parts = decode_body(_array, body)
        _check_number(len(parts))
        return map(bytes, parts)
    _check_number(body.count(b"\n") + 1)
    lines = [line for line in map(bytes.strip, body.split(b"\n")) if line]
    if len(lines) == 1 or not any(map(_is_object, lines)):
        decode_body(_object, body)
        return [body]
    return lines


def _check_number(events: int) -> None:
    if events > _MOST_EVENTS:
        raise Rejected(Reason.TOO_LARGE, f"more than {_MOST_EVENTS} events in one body")


def _is_object(line: bytes) -> bool:
    try:
        _object.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
