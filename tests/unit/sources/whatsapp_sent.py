"""What WhatsApp sends, made by hand: notifications around one value, and what our sender reads of them."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from exporter.event import Account, Engagement, Message
from exporter.sources.source import Batch
from exporter.sources.whatsapp import WhatsApp, WhatsAppConfig
from tests.unit.sources.sent import WHATSAPP_SECRET, whatsapp_request

STATUS: dict[str, Any] = {"id": "wamid.1", "status": "sent", "timestamp": "1755000000"}
INBOUND: dict[str, Any] = {"id": "wamid.2", "from": "16505551234", "timestamp": "1755000000", "type": "text"}
METADATA = {"display_phone_number": "15550783881", "phone_number_id": "77"}


def whatsapp(
    tenants: dict[str, str] | None = None,
    secret: str = WHATSAPP_SECRET,
    senders: dict[str, str] | None = None,
) -> WhatsApp:
    config = WhatsAppConfig(app_secret=SecretStr(secret), tenants=tenants or {}, senders=senders or {})
    return WhatsApp(config)


def notification(value: Any, field: str = "messages", **entry: Any) -> dict[str, Any]:
    change = {"field": field, "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]} | entry]}


def read(body: Any) -> Batch:
    return whatsapp().read(whatsapp_request(body))


def step(**status: Any) -> Message:
    (submission,) = read(notification({"statuses": [STATUS | status]})).submissions
    assert isinstance(submission.event, Message)
    return submission.event


def seconds_of(event: Message) -> str:
    return str(int(event.at.timestamp()))


def received(**message: Any) -> tuple[Message, list[Engagement]]:
    """The step of an inbound message, and what it does with messages of ours."""
    first, *rest = (s.event for s in read(notification({"messages": [INBOUND | message]})).submissions)
    assert isinstance(first, Message)
    return first, [event for event in rest if isinstance(event, Engagement)]


def news(field: str, value: Any, senders: dict[str, str] | None = None, **entry: Any) -> list[Account]:
    batch = whatsapp(senders=senders).read(whatsapp_request(notification(value, field, **entry)))
    assert not batch.parked
    return [s.event for s in batch.submissions if isinstance(s.event, Account)]
