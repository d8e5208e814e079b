"""What Mailgun's webhooks send: one event a call, with a token that is worth one event.

Source: documentation.mailgun.com, webhooks and event structure (2026-11).
"""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.mail_life import Step, mail_life
from exporter.demo.scene import Call, Scene, Sender, Story

_EVENTS: dict[Step, dict[str, Any]] = {
    Step.TAKEN: {"event": "accepted"},
    Step.REFUSED: {
        "event": "rejected",
        "reject": {"reason": "Sandbox subdomains are for test purposes only."},
    },
    Step.DEFERRED: {"event": "failed", "severity": "temporary", "reason": "generic"},
    Step.BOUNCED: {"event": "failed", "severity": "permanent", "reason": "bounce"},
    Step.DELIVERED: {"event": "delivered", "delivery-status": {"code": 250, "message": "OK"}},
    Step.PREFETCHED: {"event": "opened", "client-info": {"client-type": "robot", "bot": "apple"}},
    Step.OPENED: {"event": "opened", "client-info": {"client-type": "mobile browser"}},
    Step.CLICKED: {"event": "clicked", "url": "https://www.example.com/offer"},
    Step.COMPLAINED: {"event": "complained"},
    Step.UNSUBSCRIBED: {"event": "unsubscribed"},
}


def mail(scene: Scene) -> Story:
    """One mail and what becomes of it."""
    domain = scene.company.mail_domain
    written = {
        "recipient": scene.mailbox(),
        "domain": {"name": domain},
        "message": {"headers": {"message-id": f"{scene.name()}@{domain}"}},
    }
    return [_call(scene, moment.at_s, written | _EVENTS[moment.step]) for moment in mail_life(scene)]


def _call(scene: Scene, at_s: float, told: dict[str, Any]) -> Call:
    """What is signed is a time and a token, the same in a retry; the signature is added when the call is signed."""
    event = {**told, "id": scene.name(), "timestamp": scene.later(at_s).timestamp()}
    signed = {"timestamp": str(scene.epoch_s(at_s)), "token": scene.name()}
    return Call(at_s, Sender.MAILGUN, orjson.dumps({"signature": signed, "event-data": event}))
