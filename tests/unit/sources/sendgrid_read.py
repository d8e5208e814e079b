"""An event of SendGrid, and what becomes of it."""

from __future__ import annotations

from typing import Any

from exporter.sources.source import Batch
from exporter.vocabulary import Status
from tests.unit.sources.mail_sent import sendgrid, sendgrid_request

DELIVERED: dict[str, Any] = {
    "event": "delivered",
    "timestamp": 1755000000,
    "email": "jane@example.com",
    "sg_event_id": "e1",
    "sg_message_id": "m1.filter.0",
}
STEPS = {
    "processed": Status.SENT,
    "deferred": Status.DEFERRED,
    "delivered": Status.DELIVERED,
    "bounce": Status.UNDELIVERED,
    "dropped": Status.FAILED,
}
ACTIONS = {
    "open": "open",
    "click": "click",
    "spamreport": "complaint",
    "unsubscribe": "opt_out",
    "group_unsubscribe": "opt_out",
    "group_resubscribe": "opt_in",
}


def read(*events: Any, **keys: Any) -> Batch:
    return sendgrid(**keys).read(sendgrid_request(list(events)))


def event(**fields: Any) -> Any:
    (submission,) = read(DELIVERED | fields).submissions
    return submission.event
