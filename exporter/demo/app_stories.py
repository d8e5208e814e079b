"""What the companies' own applications report: messages, conversations, money, calls and readings."""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.app_call import app_call
from exporter.demo.llm_stories import llm_event
from exporter.demo.scene import Call, Scene, Sender, Story
from exporter.demo.world import Trouble

_TRIGGERS = ("keyword", "confidence", "request", "timeout")
_TEXTS = (
    "Your order is on its way. " * 7,
    "It\u2019s on its way: your order left our house this morning and will be with you by Friday.",
)
"""Both take two segments, the second because of its apostrophe."""
_PRICE_LATE_S = 8.0
_ACTIONS = ("bill_paid_on_time", "late_fee", "subscription_kept")


def answer(scene: Scene) -> Story:
    """An SMS answer through a gateway that the application pays per segment; it may come slowly, its price does."""
    slow = scene.has(Trouble.ANSWERS_ARE_SLOW)
    message: dict[str, Any] = {
        "kind": "message",
        "message_id": scene.name(),
        "channel": "sms",
        "provider": "gateway",
        "direction": "outbound",
        "template": "order_on_its_way",
        "processing_seconds": scene.seconds(0.02, 0.9),
        "response_seconds": scene.seconds(4, 12) if slow else scene.seconds(0.3, 2),
    }
    sent = message | {"status": "sent", "text": scene.random.choice(_TEXTS), "cost_usd": "0.0079"}
    arrived = {**message, "status": "delivered", "processing_seconds": None, "response_seconds": None}
    steps = [app_call(scene, 0.0, sent), app_call(scene, scene.seconds(0.5, 4), arrived)]
    return [*steps, _late_price(scene, message["message_id"])]


def _late_price(scene: Scene, message_id: str) -> Call:
    """What the gateway says it cost in the end: hours later in life, seconds here."""
    charge = {"kind": "charge", "basis": "provider", "component": "message", "amount_usd": "0.0079"}
    of_message = {"channel": "sms", "provider": "gateway", "message_id": message_id}
    named = {"event_id": f"price-{message_id}", "tenant": scene.company.tenant}
    at = {"at": scene.later(_PRICE_LATE_S).isoformat()}
    return Call(_PRICE_LATE_S, Sender.APP, orjson.dumps(charge | of_message | named | at))


def own_mail(scene: Scene) -> Story:
    """A mail of the application's own server: sent, opened, and the user does what it asks, which is worth money."""
    message_id, user = scene.name(), f"user-{scene.random.randrange(1000)}"
    route = {"kind": "message", "channel": "email", "provider": "smtp", "direction": "outbound"}
    sent = {"message_id": message_id, "user": user, "message_type": "reminder", "cost_usd": "0.0004"}
    opened = {"message_id": message_id, "at": scene.later(3.0).isoformat()}
    did = {"action": scene.random.choice(_ACTIONS), "amount": scene.usd(1, 60), "user_id": user}
    acted = {"message_id": message_id, "at": scene.later(5.0).isoformat(), **did}
    tenant = {"tenant": scene.company.tenant}
    return [
        app_call(scene, 0.0, route | sent | {"status": "sent"}),
        app_call(scene, 1.0, route | {"message_id": message_id, "status": "delivered"}),
        Call(3.0, Sender.APP_MAIL_OPENED, orjson.dumps(opened | tenant)),
        Call(5.0, Sender.APP_USER_ACTION, orjson.dumps(acted | tenant)),
    ]


def conversation(scene: Scene) -> Story:
    """A customer talks with a language model, which solves it or hands over to a person."""
    talk = {"kind": "conversation", "conversation_id": scene.name("conversation-")}
    start = app_call(scene, 0.0, talk | {"state": "started"}, talk | {"state": "active"})
    model = app_call(scene, 0.5, llm_event(scene, talk["conversation_id"]))
    if scene.happens(0.4):
        trigger = scene.random.choice(_TRIGGERS)
        asked = {"state": "handed_off", "trigger": trigger, "wait_seconds": scene.seconds(5, 900)}
        ended = {"state": "ended", "seconds": scene.seconds(300, 3600)}
        return [start, model, app_call(scene, 1.5, talk | asked), app_call(scene, 3.0, talk | ended)]
    solved = {"state": "resolved", "seconds": scene.seconds(20, 900)}
    return [start, model, app_call(scene, 2.0, talk | solved)]


def handoff(scene: Scene) -> Story:
    """A conversation that a person takes over."""
    talk = {"kind": "conversation", "conversation_id": scene.name("conversation-")}
    asked = {"state": "handed_off", "trigger": "keyword", "wait_seconds": scene.seconds(5, 900)}
    return [app_call(scene, 0.0, talk | {"state": "started"}, talk | asked)]


def payment(scene: Scene) -> Story:
    """A payment that succeeds, fails or is paid back."""
    state = scene.random.choice(("succeeded", "succeeded", "succeeded", "failed", "refunded"))
    paid = {"kind": "payment", "state": state, "amount": scene.usd(5, 100), "currency": "USD"}
    return [app_call(scene, 0.0, paid)]


def credit(scene: Scene) -> Story:
    """Credit bought, some of it used, the rest."""
    user = f"user-{scene.random.randrange(1000)}"
    bought, used = scene.random.randint(500, 5000), scene.random.randint(1, 100)
    payment = {"kind": "payment", "state": "succeeded", "amount": scene.usd(5, 50), "credits": bought}
    spent = {"kind": "credit", "used": used}
    left = {"kind": "credit", "balance": bought - used}
    return [app_call(scene, 0.0, *({"user": user, **event} for event in (payment, spent, left)))]


def outcome(scene: Scene) -> Story:
    """What a message was good for."""
    sign = "-" if scene.happens(0.25) else ""
    action = scene.random.choice(_ACTIONS)
    return [
        app_call(scene, 0.0, {"kind": "outcome", "action": action, "amount_usd": sign + scene.usd(1, 60)})
    ]


def outbound_webhook(scene: Scene) -> Story:
    """A customer's webhook is called, until it answers."""
    call = {"kind": "delivery", "endpoint": scene.random.choice(("crm", "helpdesk", "billing"))}
    story = []
    if scene.happens(0.2):
        story.append(app_call(scene, 0.0, call | {"attempt": 1, "status_code": 503, "seconds": 2.5}))
    success = {"attempt": len(story) + 1, "status_code": 200, "seconds": scene.seconds(0.03, 0.8)}
    return [*story, app_call(scene, float(len(story)), call | success)]


def levels(scene: Scene) -> Story:
    """Readings of an application: limits used, queues, workers."""
    worker = f"worker-{scene.random.randint(1, 3)}"
    used, waiting = scene.random.randint(5, 76), scene.random.randrange(1, 60)
    readings: tuple[dict[str, Any], ...] = (
        {"name": "rate_limit", "provider": "whatsapp", "api": "messages", "used": used, "limit": 80},
        {"name": "queue_depth", "queue": "outbound", "value": waiting},
        {"name": "heartbeat", "worker": worker},
    )
    return [app_call(scene, 0.0, *({"kind": "level", **reading} for reading in readings))]
