"""What WhatsApp Cloud sends: statuses with pricing, customers' messages, news about the account.

Source: webhook reference of Meta's WhatsApp Business Platform (developers.facebook.com).
"""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.scene import Call, Scene, Sender, Story
from exporter.demo.world import Trouble

_ERROR_CODES = (131026, 131047, 131049, 131050, 130429)
_FAILURES_RATIO = 0.02
_CATEGORIES = ("marketing", "utility", "authentication")
_SMALLEST_BATCH, _LARGEST_BATCH = 4, 8


def template_message(scene: Scene) -> Story:
    """A template message and how far it came; its receipts may stop."""
    message_id, sent_s = scene.name("wamid."), scene.seconds(0.1, 0.3)
    story = [_statuses(scene, sent_s, [_status(scene, sent_s, message_id, "sent")])]
    if scene.has(Trouble.RECEIPTS_STOP):
        return story
    if scene.happens(_FAILURES_RATIO):
        return [*story, _failure(scene, sent_s + 1, message_id)]
    for status, at_s in (("delivered", sent_s + scene.seconds(1, 3)), ("read", sent_s + scene.seconds(3, 8))):
        story.append(_statuses(scene, at_s, [_status(scene, at_s, message_id, status)]))
    return story


def failed_message(scene: Scene) -> Story:
    """A message that WhatsApp refuses."""
    return [_failure(scene, 0.2, scene.name("wamid."))]


def batch(scene: Scene) -> Story:
    """One notification about several messages of a campaign, and their receipts in another."""
    size = scene.random.randint(_SMALLEST_BATCH, _LARGEST_BATCH)
    message_ids = [scene.name("wamid.") for _ in range(size)]
    steps = (("sent", 0.0),) if scene.has(Trouble.RECEIPTS_STOP) else (("sent", 0.0), ("delivered", 2.0))
    return [
        _statuses(scene, at_s, [_status(scene, at_s, message_id, status) for message_id in message_ids])
        for status, at_s in steps
    ]


def customer_writes(scene: Scene) -> Story:
    """A message from a customer, of one of several types."""
    content = scene.random.choice(
        (
            {"type": "text", "text": {"body": "Is it in stock?"}},
            {"type": "image", "image": {"id": "1", "mime_type": "image/jpeg"}},
            {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "yes"}}},
            {"type": "button", "button": {"payload": "track", "text": "Track"}},
            {"type": "location", "location": {"latitude": 51.5, "longitude": -0.1}},
            {"type": "audio", "audio": {"id": "2", "mime_type": "audio/ogg"}},
        )
    )
    message = {"from": scene.customer()[1:], "id": scene.name("wamid."), "timestamp": _timestamp(scene, 0)}
    return [_messages_call(scene, 0.0, "messages", [message | content])]


def account_news(scene: Scene) -> Story:
    """A template approved or paused, a number's quality or limit changed."""
    template = {"message_template_name": f"order_update_{scene.random.randrange(1000)}"}
    field, value = scene.random.choice(
        (
            ("message_template_status_update", {"event": "APPROVED", "reason": "NONE", **template}),
            ("message_template_status_update", {"event": "PAUSED", "reason": "NONE", **template}),
            ("message_template_quality_update", {"new_quality_score": "YELLOW", **template}),
            ("phone_number_quality_update", {"event": "UPGRADE", "current_limit": "TIER_10K"}),
        )
    )
    return [_call(scene, 0.0, field, value)]


def _status(scene: Scene, at_s: float, message_id: str, status: str) -> dict[str, Any]:
    category = scene.random.choice(_CATEGORIES)
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": category}
    return {
        "id": message_id,
        "status": status,
        "timestamp": _timestamp(scene, at_s),
        "recipient_id": scene.customer()[1:],
        "pricing": pricing,
    }


def _failure(scene: Scene, at_s: float, message_id: str) -> Call:
    error = {"code": scene.random.choice(_ERROR_CODES), "title": "Message undeliverable"}
    failed = _status(scene, at_s, message_id, "failed") | {"errors": [error]}
    return _statuses(scene, at_s, [failed])


def _statuses(scene: Scene, at_s: float, statuses: list[dict[str, Any]]) -> Call:
    return _messages_call(scene, at_s, "statuses", statuses)


def _messages_call(scene: Scene, at_s: float, part: str, elements: list[dict[str, Any]]) -> Call:
    company = scene.company
    metadata = {"display_phone_number": company.sender[1:], "phone_number_id": company.phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, part: elements}
    return _call(scene, at_s, "messages", value)._replace(events=len(elements))


def _call(scene: Scene, at_s: float, field: str, value: dict[str, Any]) -> Call:
    change = {"field": field, "value": value}
    entry = {
        "id": scene.company.business_account_id,
        "time": int(scene.later(at_s).timestamp()),
        "changes": [change],
    }
    return Call(
        at_s, Sender.WHATSAPP, orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    )


def _timestamp(scene: Scene, at_s: float) -> str:
    return str(int(scene.later(at_s).timestamp()))
