"""What WhatsApp Cloud says about accounts, templates and numbers, and about customers' wishes.

Source: webhook reference of Meta's WhatsApp Business Platform (developers.facebook.com).
"""

from __future__ import annotations

from typing import Any

from exporter.demo.scene import Habit, Scene, Story
from exporter.demo.whatsapp_stories import change, metadata
from exporter.demo.world import TEMPLATES, Trouble

_REFUSALS = (("REJECTED", "INVALID_FORMAT"), ("PAUSED", "NONE"), ("REJECTED", "PROMOTIONAL"))
_LIMITS = ("TIER_2K", "TIER_10K", "TIER_100K")


def template_news(scene: Scene) -> Story:
    """A template is approved, or in bad times rejected or paused."""
    refused = scene.has(Trouble.META_OBJECTS)
    event, reason = scene.random.choice(_REFUSALS) if refused else ("APPROVED", "NONE")
    value = {"event": event, "reason": reason, **_template(scene)}
    return [change(scene, 0.0, "message_template_status_update", value)]


def template_quality(scene: Scene) -> Story:
    """Customers like a template less, or more again."""
    score = scene.random.choice(("GREEN", "GREEN", "GREEN", "YELLOW"))
    scores = {"previous_quality_score": "UNKNOWN", "new_quality_score": score}
    return [change(scene, 0.0, "message_template_quality_update", scores | _template(scene))]


def number_news(scene: Scene) -> Story:
    """A number is flagged, or not any more, and the most it may send is said anew."""
    event = "FLAGGED" if scene.has(Trouble.META_OBJECTS) else "UNFLAGGED"
    number = {"display_phone_number": scene.company.sender[1:], "current_limit": scene.random.choice(_LIMITS)}
    return [change(scene, 0.0, "phone_number_quality_update", number | {"event": event})]


def account_news(scene: Scene) -> Story:
    """A limit, a review, an alert, or a field that nobody has heard of yet."""
    field, value = scene.random.choice(
        (
            ("business_capability_update", {"max_daily_conversations_per_business": 10_000}),
            ("account_review_update", {"decision": "APPROVED"}),
            ("account_alerts", {"alert_severity": "INFORMATIONAL", "alert_type": "OBA_APPROVED"}),
            ("a_field_of_next_year", {}),
        )
    )
    return [change(scene, 0.0, field, value)]


def marketing_preference(scene: Scene) -> Story:
    """A customer wants no more marketing, or wants it again."""
    wish = {
        "wa_id": scene.customer(Habit.WRITES)[1:],
        "category": "marketing_messages",
        "value": scene.random.choice(("stop", "stop", "resume")),
        "timestamp": scene.epoch_s(0.0),
    }
    value = {"messaging_product": "whatsapp", "metadata": metadata(scene), "user_preferences": [wish]}
    return [change(scene, 0.0, "user_preferences", value)]


def _template(scene: Scene) -> dict[str, Any]:
    name = scene.random.choice(TEMPLATES)
    return {
        "message_template_id": 300_000 + TEMPLATES.index(name),
        "message_template_name": name,
        "message_template_language": "en_US",
    }
