"""What senders send: the recorded fixtures, and requests made of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from multidict import CIMultiDict

from exporter.sources.source import Request

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "data"
TWILIO_TOKEN = "fixtures-fake-auth-token"
TWILIO_URL = "https://exporter.example.com/webhooks/twilio"
WHATSAPP_SECRET = "test-app-secret-fixtures-not-real"


def fixture(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def request(body: str | bytes, headers: Mapping[str, str] | None = None, url: str = TWILIO_URL) -> Request:
    query: dict[str, str] = {}
    for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        query.setdefault(name, value)
    raw = body.encode() if isinstance(body, str) else body
    return Request(url, query, CIMultiDict(headers or {}), raw, NOW)


def of_case(case: Mapping[str, Any]) -> Request:
    """The request of a fixture entry, whose body may stand in Base64."""
    body = base64.b64decode(case["body_base64"]) if "body_base64" in case else case["body"]
    return request(body, case.get("headers"), case.get("url", TWILIO_URL))


def twilio_signature(
    pairs: Iterable[tuple[str, str]], url: str = TWILIO_URL, token: str = TWILIO_TOKEN
) -> str:
    glued = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.digest(token.encode(), glued.encode(), hashlib.sha1)).decode()


def twilio_request(fields: Mapping[str, str] | Iterable[tuple[str, str]], url: str = TWILIO_URL) -> Request:
    pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": twilio_signature(pairs, url),
    }
    return request(urlencode(pairs), headers, url)


def whatsapp_request(body: str | bytes | dict[str, Any], secret: str = WHATSAPP_SECRET) -> Request:
    raw = (
        json.dumps(body).encode()
        if isinstance(body, dict)
        else body.encode()
        if isinstance(body, str)
        else body
    )
    digest = hmac.digest(secret.encode(), raw, hashlib.sha256).hex()
    return request(raw, {"X-Hub-Signature-256": f"sha256={digest}"})
