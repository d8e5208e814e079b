"""Log lines become events: the first rule that takes a line decides, and what no rule takes is dropped."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import AnyEvent, Message, Submission
from exporter.sources.bearer import check_bearer
from exporter.sources.event_json import decode_event, default_at
from exporter.sources.gen_ai import GenAi
from exporter.sources.log_mapping import Line, LogMapping
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch, Parked, Request, Source

MOST_LINES = 50_000
"""Lines in one request: a body of millions of empty ones would hold up every webhook for seconds."""
MOST_KEPT_BYTES = 64 * 1024 * 1024
"""Of the lines of one request: each repeats the labels that its body holds once."""
MOST_SHARED_FIELDS = 128
"""Labels or attributes that lines have in common; what comes after is left out."""

_DIGEST_BYTES = 16
_TOO_DEEP = b"nested too deeply to be written down"
_encode = msgspec.json.Encoder(decimal_format="number").encode
_object = msgspec.json.Decoder(dict[str, Any])


class LogLine(NamedTuple):
    """A line as rules see it; `fields` is None where it cannot be read, `raw` where it did not come as JSON."""

    fields: dict[str, Any] | None
    raw: bytes | None = None

    def kept(self) -> bytes:
        """Its bytes for the ledger."""
        if self.raw is not None:
            return self.raw
        try:
            return _encode(self.fields)
        except RecursionError:
            return _TOO_DEEP


def object_in(text: str | bytes) -> dict[str, Any] | None:
    """The fields of a line that is a JSON object; None where it is anything else."""
    try:
        return _object.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


class Taker(Protocol):
    """What may take a line: a rule of the configuration, or a convention that needs none."""

    @property
    def name(self) -> str:
        """By which operators know it."""

    def unmet(self, line: Line) -> str | None:
        """The first condition that the line fails, None when it is taken."""

    def event(self, line: Line) -> dict[str, Any]:
        """The event as JSON of our own schema.

        Raises:
            Rejected: it cannot be made.
        """


class LineReader:
    """Turns lines that were received at one moment into events; the takers are asked in their order."""

    def __init__(self, takers: tuple[Taker, ...], received_at: datetime) -> None:
        self._takers = takers
        self._opening = default_at(received_at)
        self._received_at = received_at

    def taker(self, line: LogLine) -> Taker | None:
        """Who takes a line, if anybody.

        Raises:
            Rejected: it cannot be read.
        """
        if line.fields is None:
            raise Rejected(Reason.MALFORMED_EVENT, "not a readable JSON object")
        for taker in self._takers:
            if taker.unmet(line.fields) is None:
                return taker
        return None

    def event(self, taker: Taker, line: LogLine) -> tuple[AnyEvent, bool]:
        """The event that a line is, and whether the line itself says when.

        Raises:
            Rejected: it is none.
        """
        mapped = taker.event(line.fields or {})
        try:
            raw = _encode(mapped)
        except RecursionError:
            raise Rejected(Reason.MALFORMED_EVENT, "nested too deeply") from None
        return decode_event(raw, self._opening, self._received_at), "at" in mapped


def takers_of(rules: tuple[LogRule, ...]) -> tuple[Taker, ...]:
    """The operator's rules, then the conventions."""
    return (*map(LogMapping, rules), GenAi())


class LogSource(Source):
    """An endpoint that takes logs; its file says how a body falls into lines."""

    strict = True

    def __init__(self, tokens: tuple[bytes, ...], rules: tuple[LogRule, ...]) -> None:
        self._tokens = tokens
        self._takers = takers_of(rules)

    @abstractmethod
    def lines(self, request: Request) -> Iterable[LogLine]:
        """The lines of a body.

        Raises:
            Rejected: the body cannot be read.
        """

    def read(self, request: Request) -> Batch:
        """Check the token and turn each line that somebody takes into an event."""
        check_bearer(self._tokens, request)
        reader = LineReader(self._takers, request.received_at)
        batch = Batch([], [])
        ignored = kept_bytes = 0
        digest = hashlib.blake2b(request.body, digest_size=_DIGEST_BYTES).hexdigest()
        for index, line in enumerate(self.lines(request)):
            if index == MOST_LINES or kept_bytes > MOST_KEPT_BYTES:
                raise Rejected(Reason.TOO_LARGE, f"more than {MOST_LINES} lines, or too much in them")
            try:
                if (taker := reader.taker(line)) is None:
                    ignored += 1
                    continue
                event, is_timed = reader.event(taker, line)
                raw = line.kept()
                key = _key(event, f"{digest}:{index}" if is_timed else None)
                batch.submissions.append(Submission(self.name, event, raw, key))
            except Rejected as error:
                raw = line.kept()
                batch.parked.append(Parked(index, error.reason, error.detail, raw))
            kept_bytes += len(raw)
        return batch._replace(ignored=ignored)


def _key(event: AnyEvent, place: str | None) -> str | None:
    """What makes a repeated line recognisable: its own id, else its place in a body that is sent again.

    Shippers repeat a whole request after a lost answer, byte for byte. The same bytes with the same times are
    that request again; equal lines at other times, or in another place, are other events.
    """
    if event.event_id:
        return event.event_id
    is_step = isinstance(event, Message) and event.message_id is not None
    return None if is_step else place
