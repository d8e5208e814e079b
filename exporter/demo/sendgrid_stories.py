"""What SendGrid's event webhook sends: arrays of events, each with an id of its own.

Source: twilio.com/docs/sendgrid, event webhook reference (2026-11).
"""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.mail_life import Step, mail_life
from exporter.demo.scene import Call, Scene, Sender, Story

_EVENTS: dict[Step, dict[str, Any]] = {
    Step.TAKEN: {"event": "processed"},
    Step.REFUSED: {"event": "dropped", "reason": "Bounced Address", "status": "5.0.0"},
    Step.DEFERRED: {"event": "deferred", "response": "450 try again later", "attempt": "1"},
    Step.BOUNCED: {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 unknown recipient"},
    Step.DELIVERED: {"event": "delivered", "response": "250 OK"},
    Step.PREFETCHED: {"event": "open", "sg_machine_open": True},
    Step.OPENED: {"event": "open", "sg_machine_open": False},
    Step.CLICKED: {"event": "click", "url": "https://www.example.com/offer"},
    Step.COMPLAINED: {"event": "spamreport"},
    Step.UNSUBSCRIBED: {"event": "unsubscribe"},
}
_SMALLEST_BATCH, _LARGEST_BATCH = 3, 6


def mail(scene: Scene) -> Story:
    """One mail and what becomes of it."""
    written = _written(scene)
    return [
        _call(scene, moment.at_s, [_event(scene, moment.at_s, written, moment.step)])
        for moment in mail_life(scene)
    ]


def newsletter(scene: Scene) -> Story:
    """Several mails, told about together."""
    size = scene.random.randint(_SMALLEST_BATCH, _LARGEST_BATCH)
    mails = [_written(scene) for _ in range(size)]
    steps = ((0.0, Step.TAKEN), (1.5, Step.DELIVERED), (2.0, Step.PREFETCHED))
    return [_call(scene, at_s, [_event(scene, at_s, mail, step) for mail in mails]) for at_s, step in steps]


def _written(scene: Scene) -> dict[str, Any]:
    """What all events of one mail have in common; `tenant` is a custom argument of the sender."""
    name = scene.name()
    return {
        "email": scene.mailbox(),
        "sg_message_id": f"{name}.filter0001.1.0",
        "smtp-id": f"<{name}@{scene.company.mail_domain}>",
        "category": ["campaign"],
        "tenant": scene.company.tenant,
    }


def _event(scene: Scene, at_s: float, written: dict[str, Any], step: Step) -> dict[str, Any]:
    return {**written, **_EVENTS[step], "timestamp": scene.epoch_s(at_s), "sg_event_id": scene.name()}


def _call(scene: Scene, at_s: float, events: list[dict[str, Any]]) -> Call:
    """SendGrid ends a body with CRLF, and signs that too."""
    return Call(at_s, Sender.SENDGRID, orjson.dumps(events) + b"\r\n", events=len(events))
