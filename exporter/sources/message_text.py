"""The text of a message in an event of our own schema: counted, and kept nowhere."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from exporter.errors import Reason, Rejected
from exporter.event import AnyEvent, Message
from exporter.segments import avoidable_segments, segments
from exporter.vocabulary import Channel

LONGEST_CHARACTERS = 1_600
"""Of an SMS that is counted; Twilio takes no longer one (twilio.com/docs/api/errors/21617)."""

_NAME = "text"
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text = msgspec.json.Decoder(str | None)
_encode = msgspec.json.Encoder().encode


def apart(raw: bytes) -> tuple[bytes, bytes | None]:
    """An event without its `text`, and that text as JSON; None where it has none."""
    # A name may be spelled with escapes.
    if b'"text"' not in raw and b"\\u" not in raw:
        return raw, None
    try:
        fields = _object.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw, None
    text = fields.pop(_NAME, None)
    return (raw, None) if text is None else (_encode(fields), bytes(text))


def with_text(event: AnyEvent, text: bytes | None) -> AnyEvent:
    """A message with what its text comes to, where the sender does not state it.

    Raises:
        Rejected: the text is none.
    """
    if text is None or type(event) is not Message:
        return event
    try:
        body = _text.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Rejected(Reason.BAD_FIELD, "text: not text") from None
    if body is None:
        return event
    event = replace(event, length=len(body) if event.length is None else event.length)
    if event.channel is not Channel.SMS or event.segments is not None or len(body) > LONGEST_CHARACTERS:
        return event
    return _counted(event, body)


def _counted(event: Message, body: str) -> Message:
    counted = segments(body)
    return replace(
        event,
        segments=counted.number,
        encoding=counted.encoding,
        avoidable_segments=avoidable_segments(body) or None,
    )
