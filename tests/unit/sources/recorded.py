"""What each sender really sent, as recorded in tests/data, without its proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import Parse, ParseError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.unit.sources.proofs import JSON, NDJSON, PROTOBUF, Sending
from tests.unit.sources.sent import DATA, fixture


def twilio() -> Iterator[Sending]:
    for case in fixture("twilio/callbacks.json")["requests"]:
        yield Sending(case["body"].encode(), case["headers"]["Content-Type"])


def whatsapp() -> Iterator[Sending]:
    return _bodies("whatsapp/webhooks.json", "webhooks")


def sendgrid() -> Iterator[Sending]:
    return _bodies("sendgrid/events.json", "requests")


def mailgun() -> Iterator[Sending]:
    for case in fixture("mailgun/events.json")["requests"]:
        yield Sending(json.dumps(json.loads(case["body"])["event-data"]).encode())


def ses() -> Iterator[Sending]:
    for case in fixture("ses/sns_messages.json")["requests"]:
        yield Sending(json.loads(case["body"])["Message"].encode())


def stripe() -> Iterator[Sending]:
    return _bodies("stripe/events.json", "requests")


def events() -> Iterator[Sending]:
    lines = (DATA / "track" / "examples.ndjson").read_bytes()
    yield from (Sending(line) for line in lines.splitlines())
    yield Sending(lines, NDJSON)


def email_opened() -> Iterator[Sending]:
    """As the application calls it: nobody else does."""
    seen = {"message_id": "m1", "user_agent": "Mozilla/5.0", "at": "2026-11-20T10:00:00Z"}
    yield from (
        Sending(json.dumps(call).encode()) for call in (seen, {"message_id": 7, "event_id": "open-7"})
    )


def user_action() -> Iterator[Sending]:
    """As the application calls it: nobody else does."""
    paid = {"message_id": "m1", "user_id": "42", "action": "bill_paid_on_time", "amount": "25.00"}
    lost = {
        "user_id": 42,
        "action_type": "late_fee",
        "financial_impact": -5,
        "timestamp": "2026-11-20T10:00:00Z",
    }
    yield from (Sending(json.dumps(call).encode()) for call in (paid, lost))


def log_lines() -> Iterator[Sending]:
    for name in ("llm_calls", "mixed"):
        for line in (DATA / "logs" / f"{name}.ndjson").read_bytes().split(b"\n"):
            yield Sending(line, NDJSON)


def otlp() -> Iterator[Sending]:
    """Each body as JSON, and as protobuf where that can say the same."""
    for sending in _bodies("logs/otlp_logs.json", "cases"):
        yield sending
        try:
            packed = Parse(sending.body, ExportLogsServiceRequest(), ignore_unknown_fields=True)
        except ParseError:
            continue
        yield Sending(packed.SerializeToString(), PROTOBUF)


def loki() -> Iterator[Sending]:
    """Each body as JSON, and what it tells as the protobuf of Loki's clients."""
    for case in fixture("logs/loki_push.json")["cases"]:
        yield Sending(case["body"].encode())
        if lines := case["expect"].get("lines"):
            yield Sending(b"".join(map(_stream, lines)), PROTOBUF)


def _bodies(file: str, of: str) -> Iterator[Sending]:
    for case in fixture(file)[of]:
        if "body" in case:
            yield Sending(case["body"].encode(), case.get("content_type", JSON))


def _stream(line: dict[str, Any]) -> bytes:
    """A stream of one line: logproto's PushRequest.streams, with labels 1, entries 2; an entry has time 1, line 2."""
    labels = ", ".join(f"{name}={json.dumps(value)}" for name, value in line["labels"].items()).join("{}")
    seconds, nanoseconds = divmod(int(line["timestamp_ns"]), 10**9)
    time = b"\x08" + _varint(seconds) + b"\x10" + _varint(nanoseconds)
    entry = _field(1, time) + _field(2, line["line"].encode())
    return _field(1, _field(1, labels.encode()) + _field(2, entry))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    low, more = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(more) if more else bytes([low])
