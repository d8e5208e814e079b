"""What Stripe sends: charges in several currencies, and what becomes of them.

Source: docs.stripe.com/api, event, charge, refund and dispute objects (2026-11).
"""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.scene import Call, Scene, Sender, Story

_CURRENCIES = ("usd", "usd", "usd", "jpy", "kwd")
"""With two decimals, with none, with three: Stripe's amounts are whole numbers of the smallest unit."""
_SMALLEST_UNITS = {"usd": (500, 9_900), "jpy": (500, 9_900), "kwd": (1_500, 29_000)}


def charge_succeeded(scene: Scene) -> Story:
    """A payment, told twice: as a charge and as the payment intent that made it; some buy credits."""
    charge = _charge(scene)
    intent = {
        "id": charge["payment_intent"],
        "object": "payment_intent",
        "amount": charge["amount"],
        "amount_received": charge["amount"],
        "currency": charge["currency"],
        "latest_charge": charge["id"],
        "metadata": charge["metadata"],
        "status": "succeeded",
    }
    return [
        _call(scene, 0.0, "charge.succeeded", charge),
        _call(scene, 0.3, "payment_intent.succeeded", intent),
    ]


def charge_failed(scene: Scene) -> Story:
    """A card that is declined."""
    declined = {"status": "failed", "paid": False, "captured": False, "failure_code": "card_declined"}
    return [_call(scene, 0.0, "charge.failed", _charge(scene) | declined)]


def charge_refunded(scene: Scene) -> Story:
    """A payment of which half is given back: told as the refund and as the charge that it changed."""
    charge = _charge(scene)
    half = charge["amount"] // 2
    refund = {
        "id": scene.name("re_"),
        "object": "refund",
        "amount": half,
        "charge": charge["id"],
        "currency": charge["currency"],
        "payment_intent": charge["payment_intent"],
        "status": "succeeded",
    }
    return [
        _call(scene, 0.0, "charge.succeeded", charge),
        _call(scene, 2.0, "refund.created", refund),
        _call(scene, 2.2, "charge.refunded", charge | {"amount_refunded": half}),
    ]


def charge_disputed(scene: Scene) -> Story:
    """A payment that the customer's bank disputes."""
    charge = _charge(scene)
    dispute = {
        "id": scene.name("dp_"),
        "object": "dispute",
        "amount": charge["amount"],
        "charge": charge["id"],
        "currency": charge["currency"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
    return [
        _call(scene, 0.0, "charge.succeeded", charge),
        _call(scene, 3.0, "charge.dispute.created", dispute),
    ]


def _charge(scene: Scene) -> dict[str, Any]:
    currency = scene.random.choice(_CURRENCIES)
    amount = scene.random.randint(*_SMALLEST_UNITS[currency])
    bought = {"credits": str(scene.random.randint(500, 5000))} if scene.happens(0.5) else {}
    return {
        "id": scene.name("ch_"),
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "captured": True,
        "created": scene.epoch_s(0.0),
        "currency": currency,
        "metadata": {"user": f"user-{scene.random.randrange(1000)}", **bought},
        "paid": True,
        "payment_intent": scene.name("pi_"),
        "refunded": False,
        "status": "succeeded",
    }


def _call(scene: Scene, at_s: float, event_type: str, said: dict[str, Any]) -> Call:
    event = {
        "id": scene.name("evt_"),
        "object": "event",
        "account": scene.company.stripe_account,
        "api_version": "2025-08-27.basil",
        "created": scene.epoch_s(at_s),
        "data": {"object": said},
        "livemode": True,
        "type": event_type,
    }
    return Call(at_s, Sender.STRIPE, orjson.dumps(event))
