"""Requests as senders make them, signed, each about messages that no other request of the run names."""

from __future__ import annotations

import hmac
import json
from binascii import b2a_base64
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

PUBLIC_URL = "https://exporter.example.com"
TWILIO_TOKEN = "bench-twilio-token"
WHATSAPP_SECRET = "bench-whatsapp-secret"

_EVENTS_A_BODY = 1_000
_numbers = count()
_COMPACT = (",", ":")
_TWILIO_FIELDS = {
    "AccountSid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "ApiVersion": "2010-04-01",
    "From": "+12025550122",
    "MessageSid": "",
    "MessageStatus": "delivered",
    "RawDlrDoneDate": "2611201000",
    "SmsSid": "",
    "SmsStatus": "delivered",
    "To": "+12025550111",
}


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """An HTTP/1.1 request."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def whatsapp(statuses: int) -> bytes:
    """WhatsApp's webhook with this many statuses; about 600 bytes with one."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "12025550122", "phone_number_id": "106540352242922"},
        "statuses": [_whatsapp_status(next(_numbers)) for _ in range(statuses)],
    }
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    body = _json({"object": "whatsapp_business_account", "entry": [entry]})
    signature = hmac.digest(WHATSAPP_SECRET.encode(), body, "sha256").hex()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
    return post("/webhooks/whatsapp", body, headers)


def twilio(of_tenant: str = "default") -> bytes:
    """Twilio's status callback of one SMS; the tenant stands in the signed URL."""
    sid = f"SM{next(_numbers):032x}"
    fields = {**_TWILIO_FIELDS, "MessageSid": sid, "SmsSid": sid}
    path = f"/webhooks/twilio?tenant={of_tenant}"
    signed = PUBLIC_URL + path + "".join(name + value for name, value in fields.items())
    digest = hmac.digest(TWILIO_TOKEN.encode(), signed.encode(), "sha1")
    signature = b2a_base64(digest, newline=False).decode()
    body = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in fields.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return post(path, body.encode(), headers)


def events(number: int, *, named: bool) -> bytes:
    """POST /events with this many message steps; `named` ones have an event id beside their message id."""
    return _events(message(next(_numbers), named=named) for _ in range(number))


def tenant(number: int) -> str:
    return f"tenant{number}"


def of_tenants(tenants: Iterable[int]) -> list[bytes]:
    """POST /events with a delivered message for every tenant; its first one makes a tenant's series."""
    steps = [
        message(next(_numbers), named=False, tenant=tenant(number), status="delivered") for number in tenants
    ]
    return [_events(steps[at : at + _EVENTS_A_BODY]) for at in range(0, len(steps), _EVENTS_A_BODY)]


def message(number: int, *, named: bool, tenant: str = "default", status: str = "sent") -> dict[str, Any]:
    """One step of an SMS in our own schema."""
    step = {
        "kind": "message",
        "tenant": tenant,
        "channel": "sms",
        "provider": "twilio",
        "direction": "outbound",
        "status": status,
        "message_id": f"SM{number:032x}",
        "at": datetime.now(UTC).isoformat(),
    }
    return {**step, "event_id": f"event-{number}"} if named else step


def _events(steps: Iterable[dict[str, Any]]) -> bytes:
    return post("/events", _json(list(steps)), {"Content-Type": "application/json"})


def _whatsapp_status(number: int) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    conversation = {"id": f"{number:032x}", "expiration_timestamp": str(now + 86_400)}
    return {
        "id": f"wamid.HBgLMTIwMjU1NTAxMTEVAgARGBI{number:022X}",
        "status": "sent",
        "timestamp": str(now),
        "recipient_id": "12025550111",
        "conversation": {**conversation, "origin": {"type": "marketing"}},
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "marketing", "type": "regular"},
    }


def _json(value: object) -> bytes:
    return json.dumps(value, separators=_COMPACT).encode()
