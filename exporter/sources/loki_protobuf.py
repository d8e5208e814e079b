"""Loki's protobuf: a PushRequest compressed with snappy, as agents send by default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cramjam
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from exporter.errors import Reason, Rejected
from exporter.sources.log_reading import LogLine
from exporter.sources.loki_labels import read_labels
from exporter.sources.loki_line import checked, line_of

MOST_UNPACKED_BYTES = 16 * 1024 * 1024
"""As the default of limits.batch_bytes; snappy packs up to 21 times."""

_SCHEMA = {
    "Timestamp": (("seconds", 1, "INT64"), ("nanos", 2, "INT32")),
    "Pair": (("name", 1, "STRING"), ("value", 2, "STRING")),
    "Entry": (("timestamp", 1, "Timestamp"), ("line", 2, "STRING"), ("metadata", 3, "Pair*")),
    "Stream": (("labels", 1, "STRING"), ("entries", 2, "Entry*")),
    "Push": (("streams", 1, "Stream*"),),
}
"""Messages, and the name, number and type of their fields; `*` repeats.

Source: grafana/loki pkg/push/push.proto (PushRequest, StreamAdapter, EntryAdapter, LabelPairAdapter; 2026-11).
"""


def _message_class() -> Any:
    """Made here rather than generated, because five messages are less than a generator and its output."""
    file = FileDescriptorProto(name="loki_push.proto", package="loki", syntax="proto3")
    for name, fields in _SCHEMA.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            message.field.append(_field(field, number, kind))
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("loki.Push"))


def _field(name: str, number: int, kind: str) -> FieldDescriptorProto:
    repeated = (
        FieldDescriptorProto.LABEL_REPEATED if kind.endswith("*") else FieldDescriptorProto.LABEL_OPTIONAL
    )
    field = FieldDescriptorProto(name=name, number=number, label=repeated)
    if kind.isupper():
        field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind}")
    else:
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".loki.{kind.rstrip('*')}"
    return field


Push = _message_class()


def protobuf_lines(body: bytes) -> Iterator[LogLine]:
    """The entries of a push.

    Raises:
        Rejected: the body is no push, or larger than is allowed.
    """
    try:
        push = Push.FromString(_unpacked(body))
    except DecodeError as error:
        raise Rejected(Reason.MALFORMED_BODY, "the body is not protobuf of a Loki push") from error
    for stream in push.streams:
        if not stream.entries:
            continue
        labels = checked(read_labels(stream.labels))
        for entry in stream.entries:
            time_ns = entry.timestamp.seconds * 10**9 + entry.timestamp.nanos
            metadata = {pair.name: pair.value for pair in entry.metadata}
            yield line_of(labels, time_ns, entry.line, metadata)


def _unpacked(body: bytes) -> bytes:
    """Raw snappy, whose first bytes say how much it will be.

    Raises:
        Rejected: it is not snappy, or too much.
    """
    try:
        if cramjam.snappy.decompress_raw_len(body) > MOST_UNPACKED_BYTES:
            raise Rejected(Reason.TOO_LARGE, f"more than {MOST_UNPACKED_BYTES} bytes once unpacked")
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise Rejected(Reason.MALFORMED_BODY, "the body is not snappy") from error
