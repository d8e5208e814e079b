"""Events as POST /events takes them, and what becomes of a body."""

from __future__ import annotations

import json
from typing import Any

from exporter.event import AnyEvent
from exporter.sources.source import Batch, Parked
from exporter.sources.track import Track
from tests.unit.sources.sent import DATA, request

EXAMPLES = (DATA / "track" / "examples.ndjson").read_text().splitlines()
MESSAGE: dict[str, Any] = {
    "kind": "message",
    "channel": "sms",
    "provider": "twilio",
    "direction": "outbound",
    "status": "sent",
    "message_id": "SM1",
}
PAYMENT: dict[str, Any] = {"kind": "payment", "state": "succeeded", "amount": "20.00"}
CREDIT: dict[str, Any] = {"kind": "credit", "user": "42"}


def read(body: Any) -> Batch:
    return Track(()).read(request(body if isinstance(body, str | bytes) else json.dumps(body)))


def event(body: Any) -> AnyEvent:
    batch = read(body)
    assert not batch.parked
    return batch.submissions[0].event


def parked(body: Any) -> Parked:
    batch = read(body)
    assert not batch.submissions
    return batch.parked[0]
