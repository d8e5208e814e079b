"""Stripe's events as they tell of one payment, signed."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from exporter.sources.source import Request
from exporter.sources.stripe import Stripe, StripeConfig
from tests.unit.sources.sent import NOW, request

SECRET = "whsec_test_secret"
_numbers = itertools.count()


def stripe(secret: str = SECRET, **keys: Any) -> Stripe:
    """With test mode counted, which all recorded events are of."""
    return Stripe(StripeConfig(webhook_secret=SecretStr(secret), **{"livemode_only": False, **keys}))


def signature(body: bytes, secret: str = SECRET, at: datetime = NOW) -> str:
    epoch_s = int(at.timestamp())
    digest = hmac.digest(secret.encode(), f"{epoch_s}.".encode() + body, hashlib.sha256).hex()
    return f"t={epoch_s},v1={digest}"


def signed(body: bytes) -> Request:
    return request(body, {"Stripe-Signature": signature(body)})


def event(kind: str, thing: Any, previous: dict[str, Any] | None = None, **more: Any) -> Request:
    body: dict[str, Any] = {
        "id": f"evt_{next(_numbers)}",
        "object": "event",
        "type": kind,
        "created": int(NOW.timestamp()),
        "livemode": True,
        "data": {"object": thing, **({"previous_attributes": previous} if previous else {})},
    }
    return signed(json.dumps(body | more).encode())


def recorded(case: dict[str, Any]) -> Request:
    """A fixture's request, at the time that its entry names."""
    at = datetime.fromtimestamp(case["now"], UTC)
    return request(case["body"], case["headers"])._replace(received_at=at)


def charge(**more: Any) -> dict[str, Any]:
    return {
        "id": "ch_1",
        "payment_intent": "pi_1",
        "amount": 2000,
        "amount_captured": 2000,
        "captured": True,
        "currency": "usd",
    } | more


def intent(**more: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "amount": 2000,
        "amount_received": 2000,
        "currency": "usd",
        "latest_charge": "ch_1",
    } | more


def session(**more: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": 2000,
        "currency": "usd",
    } | more


def invoice(**more: Any) -> dict[str, Any]:
    """As API versions before 2025-03-31 write it, with its payment."""
    return {
        "id": "in_1",
        "payment_intent": "pi_1",
        "charge": "ch_1",
        "amount_paid": 2000,
        "currency": "usd",
    } | more


def refund(**more: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "amount": 500,
        "currency": "usd",
        "status": "succeeded",
    } | more


def dispute(**more: Any) -> dict[str, Any]:
    return {
        "id": "dp_1",
        "charge": "ch_1",
        "amount": 2000,
        "currency": "usd",
        "status": "needs_response",
    } | more
