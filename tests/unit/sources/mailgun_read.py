"""Webhooks of Mailgun, recorded and made, and what becomes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from exporter.sources.source import Batch, Request
from tests.unit.sources.mail_sent import mailgun, mailgun_request
from tests.unit.sources.sent import fixture, of_case

RECORDED = fixture("mailgun/events.json")
DELIVERED: dict[str, Any] = {
    "event": "delivered",
    "timestamp": 1755000000.25,
    "recipient": "jane@example.com",
    "message": {"headers": {"message-id": "m1@mg.example.com"}},
}


def sent_in_time(case: dict[str, Any]) -> Request:
    """A recorded request, received when it was signed."""
    sent = of_case(case)
    proof = json.loads(case["body"]).get("signature", {"timestamp": "1534108637"})
    return sent._replace(received_at=datetime.fromtimestamp(int(proof["timestamp"]), UTC))


def read(event_data: Any, **keys: Any) -> Batch:
    return mailgun(**keys).read(mailgun_request(event_data))


def event(**fields: Any) -> Any:
    (submission,) = read(DELIVERED | fields).submissions
    return submission.event
