"""What SES publishes about a mail, and the events that it becomes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from exporter.sources.mail import recipient_digest
from exporter.sources.source import Batch
from tests.unit.sources.mail_sent import read_sns, ses, ses_request

PUBLISHED = datetime(2018, 3, 26, 17, 58, 59, 675_000, UTC)
JANE, RICHARD, TO = map(
    recipient_digest, ("jane@example.com", "richard@example.com", "recipient@example.com")
)
MAIL: dict[str, Any] = {
    "messageId": "m1",
    "timestamp": "2026-11-20T10:00:00.000Z",
    "source": "Shop <shop@mail.example.com>",
    "destination": ["jane@example.com", "john@example.com"],
}


def read(name: str, section: Any = None, *, mail: Any = MAIL, **keys: Any) -> Batch:
    places = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}
    event = {"eventType": name, "mail": mail, places.get(name, name.lower()): section}
    return read_sns(ses(**keys), ses_request(event))


def events(name: str, section: Any = None, **keys: Any) -> list[Any]:
    batch = read(name, section, **keys)
    assert not batch.parked
    return [submission.event for submission in batch.submissions]


def one(name: str, section: Any = None, **keys: Any) -> Any:
    (event,) = events(name, section, **keys)
    return event
