"""How each sender proves who it is."""

from __future__ import annotations

import hmac
import secrets
from typing import NamedTuple
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

from exporter.demo.scene import Call, Sender


class Secrets(NamedTuple):
    """What the simulated senders share with the exporter."""

    twilio_auth_token: str
    whatsapp_app_secret: str
    event_token: str


def fresh_secrets() -> Secrets:
    """Secrets of this run only, kept in memory."""
    return Secrets(*(secrets.token_hex(16) for _ in Secrets._fields))


class Signer:
    """Signs calls to one exporter; a forged call is signed with secrets of somebody else."""

    def __init__(self, known: Secrets, origin: str) -> None:
        self._known = known
        self._strange = fresh_secrets()
        self._origin = origin

    def headers(self, call: Call) -> dict[str, str]:
        """The headers of a call, its signature among them."""
        held = self._strange if call.forged else self._known
        if call.sender is Sender.TWILIO:
            return _twilio_headers(held, self._origin + call.sender, call.body)
        if call.sender is Sender.WHATSAPP:
            return _whatsapp_headers(held, call.body)
        return {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {held.event_token}"}


def _twilio_headers(held: Secrets, url: str, body: bytes) -> dict[str, str]:
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    signature = RequestValidator(held.twilio_auth_token).compute_signature(url, fields)
    return {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}


def _whatsapp_headers(held: Secrets, body: bytes) -> dict[str, str]:
    digest = hmac.digest(held.whatsapp_app_secret.encode(), body, "sha256").hex()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
