"""Loki's JSON: `{"streams": [{"stream": {label: value}, "values": [["<ns>", "line", {metadata}]]}]}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from exporter.sources.log_reading import LogLine
from exporter.sources.loki_line import checked, line_of
from exporter.sources.strict_json import decode_body


class _Entry(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    time_ns: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,19}$")]
    text: str
    metadata: dict[str, Any] = {}


class _Stream(msgspec.Struct):
    values: list[_Entry]
    stream: dict[str, str] = {}


class _Push(msgspec.Struct):
    streams: list[_Stream]


_push = msgspec.json.Decoder(_Push)


def json_lines(body: bytes) -> Iterator[LogLine]:
    """The entries of a push; as Loki does, one that is wrong refuses them all.

    Raises:
        Rejected: the body is no push.
    """
    for stream in decode_body(_push, body, unwritable="replace").streams:
        labels = checked(stream.stream)
        for entry in stream.values:
            yield line_of(labels, int(entry.time_ns), entry.text, entry.metadata)
