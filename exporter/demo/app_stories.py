"""What the companies' own applications report, as events and as log lines."""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.scene import Call, Scene, Sender, Story
from exporter.demo.world import Trouble

LOG_EVENT = "llm_call"
"""What marks the log lines that the demo's log rule takes."""

_MODELS = (("openai", "gpt-4o-mini"), ("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4"))
_TRIGGERS = ("keyword", "confidence", "request", "timeout")
_ACTIONS = ("bill_paid_on_time", "late_fee", "subscription_kept")


def answer(scene: Scene) -> Story:
    """An SMS answer through a gateway that the application pays per segment; it may come slowly."""
    slow = scene.has(Trouble.ANSWERS_ARE_SLOW)
    message = {
        "kind": "message",
        "message_id": scene.name(),
        "channel": "sms",
        "provider": "gateway",
        "direction": "outbound",
        "segments": scene.random.randint(1, 3),
        "encoding": scene.random.choice(("gsm7", "gsm7", "ucs2")),
        "processing_seconds": scene.seconds(0.02, 0.9),
        "response_seconds": scene.seconds(4, 12) if slow else scene.seconds(0.3, 2),
    }
    sent = message | {"status": "sent", "cost_usd": "0.0079"}
    arrived = {**message, "status": "delivered", "processing_seconds": None, "response_seconds": None}
    return [_events(scene, 0.0, sent), _events(scene, scene.seconds(0.5, 4), arrived)]


def campaign_mail(scene: Scene) -> Story:
    """An e-mail that a machine opens at once and a person later."""
    message_id = scene.name()
    mail = {"kind": "message", "message_id": message_id, "channel": "email", "provider": "sendgrid"}
    mail |= {"direction": "outbound", "cost_usd": "0.0004"}
    look = {"kind": "engagement", "message_id": message_id, "channel": "email"}
    return [
        _events(scene, 0.0, mail | {"status": "sent"}),
        _events(
            scene,
            scene.seconds(0.5, 2),
            mail | {"status": "delivered", "cost_usd": None},
            look | {"action": "open", "actor": "machine"},
        ),
        _events(
            scene,
            scene.seconds(2, 5),
            look | {"action": "open", "actor": "human"},
            look | {"action": "click", "actor": "human"},
        ),
    ]


def conversation(scene: Scene) -> Story:
    """A customer talks with a language model, which solves it or hands over to a person."""
    talk = {"kind": "conversation", "conversation_id": scene.name("conversation-")}
    start = _events(scene, 0.0, talk | {"state": "started"}, talk | {"state": "active"})
    model = _events(scene, 0.5, _llm(scene, talk["conversation_id"]))
    if scene.happens(0.4):
        trigger = scene.random.choice(_TRIGGERS)
        asked = {"state": "handed_off", "trigger": trigger, "wait_seconds": scene.seconds(5, 900)}
        ended = {"state": "ended", "seconds": scene.seconds(300, 3600)}
        return [start, model, _events(scene, 1.5, talk | asked), _events(scene, 3.0, talk | ended)]
    solved = {"state": "resolved", "seconds": scene.seconds(20, 900)}
    return [start, model, _events(scene, 2.0, talk | solved)]


def handoff(scene: Scene) -> Story:
    """A conversation that a person takes over."""
    talk = {"kind": "conversation", "conversation_id": scene.name("conversation-")}
    asked = {"state": "handed_off", "trigger": "keyword", "wait_seconds": scene.seconds(5, 900)}
    return [_events(scene, 0.0, talk | {"state": "started"}, talk | asked)]


def payment(scene: Scene) -> Story:
    """A payment that succeeds, fails or is paid back."""
    state = scene.random.choice(("succeeded", "succeeded", "succeeded", "failed", "refunded"))
    paid = {"kind": "payment", "state": state, "amount": scene.usd(5, 100), "currency": "USD"}
    return [_events(scene, 0.0, paid)]


def credit(scene: Scene) -> Story:
    """Credit bought, some of it used, the rest."""
    user = f"user-{scene.random.randrange(1000)}"
    bought, used = scene.random.randint(500, 5000), scene.random.randint(1, 100)
    payment = {"kind": "payment", "state": "succeeded", "amount": scene.usd(5, 50), "credits": bought}
    spent = {"kind": "credit", "used": used}
    left = {"kind": "credit", "balance": bought - used}
    return [_events(scene, 0.0, *({"user": user, **event} for event in (payment, spent, left)))]


def outcome(scene: Scene) -> Story:
    """What a message was good for."""
    sign = "-" if scene.happens(0.25) else ""
    action = scene.random.choice(_ACTIONS)
    return [_events(scene, 0.0, {"kind": "outcome", "action": action, "amount_usd": sign + scene.usd(1, 60)})]


def outbound_webhook(scene: Scene) -> Story:
    """A customer's webhook is called, until it answers."""
    call = {"kind": "delivery", "endpoint": scene.random.choice(("crm", "helpdesk", "billing"))}
    story = []
    if scene.happens(0.2):
        story.append(_events(scene, 0.0, call | {"attempt": 1, "status_code": 503, "seconds": 2.5}))
    success = {"attempt": len(story) + 1, "status_code": 200, "seconds": scene.seconds(0.03, 0.8)}
    return [*story, _events(scene, float(len(story)), call | success)]


def levels(scene: Scene) -> Story:
    """Readings of an application: limits used, queues, workers."""
    worker = f"worker-{scene.random.randint(1, 3)}"
    used, waiting = scene.random.randint(5, 76), scene.random.randrange(1, 60)
    readings: tuple[dict[str, Any], ...] = (
        {"name": "rate_limit", "provider": "whatsapp", "api": "messages", "used": used, "limit": 80},
        {"name": "queue_depth", "queue": "outbound", "value": waiting},
        {"name": "heartbeat", "worker": worker},
    )
    return [_events(scene, 0.0, *({"kind": "level", **reading} for reading in readings))]


def logged_llm_call(scene: Scene) -> Story:
    """A log of an application: calls to a language model, between lines that are of no interest."""
    usage = {"input_tokens": scene.random.randint(50, 900), "output_tokens": scene.random.randint(10, 400)}
    call: dict[str, Any] = {
        "event": LOG_EVENT,
        "id": scene.name(),
        "tenant": scene.company.tenant,
        "provider": "mistral",
        "model": "mistral-small",
        "usage": usage,
        "duration_ms": scene.random.randint(200, 4000),
    }
    lines = ({"level": "debug", "message": "cache hit"}, call, {"level": "info", "message": "job done"})
    timestamp = scene.at.isoformat()
    body = b"\n".join(orjson.dumps({"timestamp": timestamp, **line}) for line in lines)
    return [Call(0.0, Sender.APP_LOG, body)]


def _llm(scene: Scene, conversation_id: str) -> dict[str, Any]:
    provider, model = scene.random.choice(_MODELS)
    input_tokens, output_tokens = scene.random.randint(100, 2000), scene.random.randint(20, 600)
    usage = {
        "input_tokens": input_tokens,
        "cached_input_tokens": input_tokens // 4,
        "output_tokens": output_tokens,
    }
    status = scene.random.choices(("ok", "error", "timeout", "rate_limited"), (94, 3, 2, 1))[0]
    return {
        "kind": "llm",
        "provider": provider,
        "model": model,
        "usage": usage,
        "status": status,
        "conversation_id": conversation_id,
        "latency_seconds": scene.seconds(0.3, 4),
        "cost_usd": f"{(input_tokens + 4 * output_tokens) * 15e-8:.8f}",
    }


def _events(scene: Scene, at_s: float, *events: dict[str, Any]) -> Call:
    """A call with these events; None stands for a field that an event leaves out."""
    standard = {"tenant": scene.company.tenant, "at": scene.later(at_s).isoformat()}
    lines = [
        {"event_id": scene.name(), **standard, **{name: at for name, at in event.items() if at is not None}}
        for event in events
    ]
    body = b"\n".join(map(orjson.dumps, lines))
    return Call(at_s, Sender.APP, body, events=len(events))
