"""What WhatsApp Cloud sends about messages: statuses with pricing, customers' messages, replies and clicks.

Source: webhook reference of Meta's WhatsApp Business Platform (developers.facebook.com).
"""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.app_call import app_call
from exporter.demo.scene import Call, Habit, Scene, Sender, Story
from exporter.demo.world import TEMPLATES, Trouble

_ERROR_CODES = (131026, 131047, 131049, 131050, 130429)
_FAILURES_RATIO = 0.02
_TEMPLATE = {"billable": True, "pricing_model": "PMP", "type": "regular"}
_FREE = {
    "billable": False,
    "pricing_model": "PMP",
    "type": "free_customer_service",
    "category": "service",
}
_CATEGORIES = ("marketing", "utility", "authentication")
_SMALLEST_BATCH, _LARGEST_BATCH = 4, 8
_SKEW_S = 3.0

_TEXT: dict[str, Any] = {"type": "text", "text": {"body": "Is it in stock?"}}
_BUTTON: dict[str, Any] = {"type": "button", "button": {"payload": "track", "text": "Track"}}
_CHOICE = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}
_MEDIA: tuple[dict[str, Any], ...] = (
    {"type": "image", "image": {"id": "1", "mime_type": "image/jpeg"}},
    {"type": "audio", "audio": {"id": "2", "mime_type": "audio/ogg"}},
    {"type": "location", "location": {"latitude": 51.5, "longitude": -0.1}},
)


def template_message(scene: Scene) -> Story:
    """A template message and how far it came; some customers do something with it."""
    reacts = scene.happens(0.3)
    message_id, customer = scene.name("wamid."), scene.customer(Habit.TALKS if reacts else Habit.RECEIVES)
    template = {"template": scene.random.choice(TEMPLATES), "message_id": message_id, "status": "accepted"}
    route = {"kind": "message", "channel": "whatsapp", "provider": "whatsapp", "direction": "outbound"}
    taken, sent_s = app_call(scene, 0.0, route | template), scene.seconds(0.1, 0.3)
    if scene.happens(_FAILURES_RATIO):
        return [taken, _failure(scene, sent_s, message_id, customer)]
    delivered_s, read_s = sent_s + scene.seconds(1, 3), sent_s + scene.seconds(3, 6)
    receipts = {"sent": sent_s, "delivered": delivered_s, "read": read_s}
    reaction = _reaction(scene, read_s + 1, message_id, customer) if reacts else []
    return [taken, *_steps(scene, message_id, customer, receipts), *reaction]


def button_pressed(scene: Scene) -> Story:
    """A customer presses the button of a message, asks something about it and is answered."""
    message_id, customer = scene.name("wamid."), scene.customer(Habit.TALKS)
    return [
        *_steps(scene, message_id, customer, {"sent": 0.0, "read": 1.0}),
        _inbound(scene, 2.0, customer, _BUTTON, message_id),
        _inbound(scene, 3.0, customer, _TEXT, message_id),
        *_answer(scene, 3.0, customer),
    ]


def failed_message(scene: Scene) -> Story:
    """A message that WhatsApp refuses."""
    return [_failure(scene, 0.2, scene.name("wamid."), scene.customer())]


def lost_receipts(scene: Scene) -> Story:
    """A message of which nothing is heard after its sending."""
    return _steps(scene, scene.name("wamid."), scene.customer(), {"sent": 0.0})


def skewed_clocks(scene: Scene) -> Story:
    """A message whose receipt bears a time before its sending, from a machine whose clock is slow."""
    receipts = {"sent": 0.0, "delivered": -_SKEW_S}
    steps = _steps(scene, scene.name("wamid."), scene.customer(), receipts)
    return [step._replace(at_s=float(place)) for place, step in enumerate(steps)]


def batch(scene: Scene) -> Story:
    """One notification about several messages of a campaign, and their receipts in another."""
    size = scene.random.randint(_SMALLEST_BATCH, _LARGEST_BATCH)
    sent_to = [(scene.name("wamid."), scene.customer()) for _ in range(size)]
    sent, delivered = (
        _statuses(scene, at_s, [_status(scene, at_s, *message, status) for message in sent_to])
        for status, at_s in (("sent", 0.0), ("delivered", 2.0))
    )
    return [sent, delivered._replace(held_s=scene.held_back_s(Trouble.RECEIPTS_STOP))]


def customer_writes(scene: Scene) -> Story:
    """A message from a customer, of one of several types, that nobody answers here."""
    content = scene.random.choice((_TEXT, *_MEDIA))
    return [_inbound(scene, 0.0, scene.customer(Habit.WRITES), content)]


def customer_is_answered(scene: Scene) -> Story:
    """A question and its answer; the time between follows from what WhatsApp says of the two."""
    customer = scene.customer(Habit.TALKS)
    return [_inbound(scene, 0.0, customer, _TEXT), *_answer(scene, 0.0, customer)]


def change(scene: Scene, at_s: float, field: str, value: dict[str, Any]) -> Call:
    """A notification of one change of an account."""
    entry = {
        "id": scene.company.business_account_id,
        "time": scene.epoch_s(at_s),
        "changes": [{"field": field, "value": value}],
    }
    return Call(
        at_s, Sender.WHATSAPP, orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    )


def metadata(scene: Scene) -> dict[str, str]:
    """Which of the company's numbers a change is about."""
    company = scene.company
    return {"display_phone_number": company.sender[1:], "phone_number_id": company.phone_number_id}


def _reaction(scene: Scene, at_s: float, message_id: str, customer: str) -> Story:
    """What a customer does with a message, and what the company says to it."""
    answer = scene.random.choice((_BUTTON, _TEXT, {"type": "interactive", "interactive": _CHOICE}))
    return [_inbound(scene, at_s, customer, answer, message_id), *_answer(scene, at_s, customer)]


def _answer(scene: Scene, asked_s: float, customer: str) -> Story:
    slow = scene.has(Trouble.ANSWERS_ARE_SLOW)
    sent_s = asked_s + (scene.seconds(5, 12) if slow else scene.seconds(0.5, 1.5))
    times_s = {"sent": sent_s, "delivered": sent_s + 1}
    return _steps(scene, scene.name("wamid."), customer, times_s, _FREE)


def _inbound(
    scene: Scene, at_s: float, customer: str, content: dict[str, Any], answers: str | None = None
) -> Call:
    message = {"from": customer[1:], "id": scene.name("wamid."), "timestamp": str(scene.epoch_s(at_s))}
    context = {"context": {"from": scene.company.sender[1:], "id": answers}} if answers else {}
    return _messages_call(scene, at_s, "messages", [message | content | context])


def _steps(
    scene: Scene,
    message_id: str,
    customer: str,
    receipts: dict[str, float],
    pricing: dict[str, Any] | None = None,
) -> Story:
    """The statuses of a message, each at its time; in bad times all but the first are held back."""
    held_s = scene.held_back_s(Trouble.RECEIPTS_STOP)
    first, *others = [
        _statuses(scene, at_s, [_status(scene, at_s, message_id, customer, status, pricing)])
        for status, at_s in receipts.items()
    ]
    return [first, *(receipt._replace(held_s=held_s) for receipt in others)]


def _status(
    scene: Scene,
    at_s: float,
    message_id: str,
    customer: str,
    status: str,
    pricing: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Of a template, unless its pricing says otherwise."""
    return {
        "id": message_id,
        "status": status,
        "timestamp": str(scene.epoch_s(at_s)),
        "recipient_id": customer[1:],
        "pricing": pricing or _TEMPLATE | {"category": scene.random.choice(_CATEGORIES)},
    }


def _failure(scene: Scene, at_s: float, message_id: str, customer: str) -> Call:
    error = {"code": scene.random.choice(_ERROR_CODES), "title": "Message undeliverable"}
    failed = _status(scene, at_s, message_id, customer, "failed") | {"errors": [error]}
    return _statuses(scene, at_s, [failed])


def _statuses(scene: Scene, at_s: float, statuses: list[dict[str, Any]]) -> Call:
    return _messages_call(scene, at_s, "statuses", statuses)


def _messages_call(scene: Scene, at_s: float, part: str, elements: list[dict[str, Any]]) -> Call:
    value = {"messaging_product": "whatsapp", "metadata": metadata(scene), part: elements}
    return change(scene, at_s, "messages", value)._replace(events=len(elements))
