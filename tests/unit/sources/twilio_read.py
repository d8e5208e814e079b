"""Callbacks of Twilio, and what they are read as."""

from __future__ import annotations

from pydantic import SecretStr

from exporter.event import Message
from exporter.sources.source import Batch
from exporter.sources.twilio import Twilio, TwilioConfig
from tests.unit.sources.sent import TWILIO_TOKEN, TWILIO_URL, twilio_request

STATUS = {"AccountSid": "AC" + "a" * 32, "MessageSid": "SM1", "MessageStatus": "sent", "From": "+12025550101"}
INBOUND = {
    "MessageSid": "SM2",
    "SmsStatus": "received",
    "Body": "hi",
    "From": "+12025550102",
    "To": "+12025550101",
}


def twilio(tenants: dict[str, str] | None = None) -> Twilio:
    return Twilio(TwilioConfig(auth_token=SecretStr(TWILIO_TOKEN), tenants=tenants or {}))


def read(fields: dict[str, str], url: str = TWILIO_URL) -> Batch:
    return twilio().read(twilio_request(fields, url))


def message(fields: dict[str, str]) -> Message:
    event = read(fields).submissions[0].event
    assert isinstance(event, Message)
    return event
