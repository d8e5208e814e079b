"""People's data and secrets, sent by every road, show up in no answer, no metric and no log line."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.faults.exporter_process import PUBLIC_URL
from tests.integration.running_app import EVENT_TOKEN, RunningApp, running_app
from tests.unit.sources.sent import TWILIO_TOKEN, WHATSAPP_SECRET, twilio_request, whatsapp_request


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path) as running:
        yield running


PEOPLE = {
    "phone": "+14155550143",
    "email": "canary.person@example.com",
    "name": "Canaryface Quirkwell",
    "text": "canary-body-my-balance-is-low",
    "user": "canary-user-9321",
}
SECRETS = {
    "event": EVENT_TOKEN,
    "verify": "canary-verify-token",
    "twilio": TWILIO_TOKEN,
    "whatsapp": WHATSAPP_SECRET,
}


def forms(canary: str) -> set[str]:
    """A canary as it is, and as programs like to write it."""
    raw = canary.encode()
    hashed = hashlib.sha256(raw).hexdigest()
    return {canary, quote(canary, safe=""), base64.b64encode(raw).decode(), hashed, canary.lstrip("+")}


def _twilio(fields: dict[str, str], path: str = "/webhooks/twilio") -> tuple[str, bytes, dict[str, str]]:
    request = twilio_request(fields, PUBLIC_URL + path)
    return path, request.body, dict(request.headers)


def _whatsapp(value: dict[str, Any]) -> tuple[str, bytes, dict[str, str]]:
    metadata = {"display_phone_number": PEOPLE["phone"], "phone_number_id": "1"}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    request = whatsapp_request(body)
    return "/webhooks/whatsapp", request.body, dict(request.headers)


def posts_about_people() -> list[tuple[str, bytes, dict[str, str]]]:
    """Good, bad, forged and unreadable requests, all of them full of people's data."""
    phone, name, text, user = PEOPLE["phone"], PEOPLE["name"], PEOPLE["text"], PEOPLE["user"]
    inbound = {
        "MessageSid": "SM1",
        "SmsStatus": "received",
        "Body": text,
        "From": phone,
        "To": "+15005550006",
    }
    sms = _twilio({**inbound, "ProfileName": name, "MessagingServiceSid": PEOPLE["email"]})
    answered = _whatsapp(
        {
            "contacts": [{"profile": {"name": name}, "wa_id": phone.lstrip("+")}],
            "messages": [
                {"from": phone, "id": "w1", "timestamp": "1763720000", "type": "text", "text": {"body": text}}
            ],
        }
    )
    failed = {
        "id": "w2",
        "status": "failed",
        "timestamp": "1763720000",
        "recipient_id": phone,
        "errors": [{"title": text}],
    }
    person = {"user": user, "outlet": PEOPLE["email"], "conversation_id": phone}
    sent = {"channel": "sms", "provider": "twilio", "direction": "outbound", "status": "sent"}
    token = {"Authorization": f"Bearer {EVENT_TOKEN}"}
    events = [
        {"kind": "message", "message_id": phone, "sender": phone, "template": phone, **sent, **person},
        {"kind": "credit", "balance": "1", **person},
        {"kind": "message", "status": text, "direction": text, "channel": text},
        {"kind": phone, **person},
        {"kind": "outcome", "action": "ok", "at": text},
        {"kind": "outcome", "action": "ok", "amount_usd": text, "event_id": f"{user}\x00"},
    ]
    lines = "\n".join(map(json.dumps, events)).encode()
    return [
        sms,
        answered,
        _whatsapp({"statuses": [failed]}),
        _whatsapp({"statuses": [{"status": "sent", "recipient_id": phone}], "messages": [text]}),
        (sms[0], sms[1], {**sms[2], "X-Twilio-Signature": PEOPLE["email"]}),
        (f"/webhooks/twilio?tenant={quote(phone)}", sms[1], {**sms[2], "X-Twilio-Signature": "A" * 27 + "="}),
        _twilio({"Body": text, "From": phone}),
        ("/webhooks/whatsapp", *_signed_nonsense(text)),
        ("/events", lines, token),
        ("/logs", lines, token),
        ("/events", text.encode(), token),
        ("/events", lines, {"Authorization": f"Bearer {user}"}),
        ("/events", lines, {**token, "Content-Encoding": "gzip"}),
        ("/events", lines, {**token, "Content-Encoding": phone}),
        (f"/{quote(PEOPLE['email'])}", urlencode(PEOPLE).encode(), {}),
    ]


def _signed_nonsense(text: str) -> tuple[bytes, dict[str, str]]:
    request = whatsapp_request(f'{{"object": "{text}", ')
    return request.body, dict(request.headers)


async def test_people_and_secrets_stay_in_the_ledger(
    one: RunningApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [await one.post(*post) for post in posts_about_people()]
    assert {status for status, _ in answers} <= {200, 400, 401, 403, 404, 415}
    answers.append(await one.get("/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=x"))
    answers += [await one.get(path) for path in ("/metrics", "/", "/-/ready", "/-/healthy")]
    answers.append(await one.get("/metrics", {"Accept": "application/openmetrics-text"}))
    one.config.write_text(json.dumps({"sources": {"track": {"token": [EVENT_TOKEN]}, EVENT_TOKEN: 1}})[:-3])
    answers.append(await one.post("/-/reload", b""))
    said = "\n".join(text for _, text in answers)
    logged = "\n".join(f"{record.getMessage()} {record.exc_text} {record.args}" for record in caplog.records)
    for canary in (*PEOPLE.values(), *SECRETS.values()):
        for form in forms(canary):
            assert form not in said
            assert form not in logged
    assert await one.rows("SELECT 1 FROM events WHERE user_id = 'canary-user-9321'") != []
