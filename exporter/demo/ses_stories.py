"""What Amazon SES sends through SNS: a signed envelope around an event.

Source: docs.aws.amazon.com/ses, contents of event data, and docs.aws.amazon.com/sns, HTTP notifications (2026-11).
"""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.mail_life import Moment, Step, mail_life
from exporter.demo.scene import Call, Scene, Sender, Story
from exporter.demo.sns import SUBSCRIBE_URL

_APPLE_PROXY = "Mozilla/5.0"
_BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"

_EVENTS: dict[Step, tuple[str, str, dict[str, Any]]] = {
    Step.TAKEN: ("Send", "send", {}),
    Step.REFUSED: ("Reject", "reject", {"reason": "Bad content"}),
    Step.DEFERRED: ("DeliveryDelay", "deliveryDelay", {"delayType": "TransientCommunicationFailure"}),
    Step.BOUNCED: ("Bounce", "bounce", {"bounceType": "Permanent", "bounceSubType": "NoEmail"}),
    Step.DELIVERED: ("Delivery", "delivery", {"smtpResponse": "250 ok"}),
    Step.PREFETCHED: ("Open", "open", {"userAgent": _APPLE_PROXY}),
    Step.OPENED: ("Open", "open", {"userAgent": _BROWSER}),
    Step.CLICKED: ("Click", "click", {"userAgent": _BROWSER, "link": "https://www.example.com/offer"}),
    Step.COMPLAINED: ("Complaint", "complaint", {"complaintFeedbackType": "abuse"}),
    Step.UNSUBSCRIBED: ("Subscription", "subscription", {"newTopicPreferences": {"unsubscribeAll": True}}),
}
"""By step: the event type, the name of its own part, and what that part says."""
_RECIPIENTS = {
    Step.DEFERRED: "delayedRecipients",
    Step.BOUNCED: "bouncedRecipients",
    Step.COMPLAINED: "complainedRecipients",
}


def mail(scene: Scene) -> Story:
    """One mail and what becomes of it."""
    mailbox = scene.mailbox()
    written = {
        "timestamp": _time(scene, 0.0),
        "messageId": scene.name(),
        "source": f"news@{scene.company.mail_domain}",
        "destination": [mailbox],
    }
    return [_notification(scene, moment, written, mailbox) for moment in mail_life(scene)]


def subscription(scene: Scene) -> Story:
    """SNS asks once whether the address wants the topic."""
    token = scene.name()
    asked = {"Message": "You have chosen to subscribe.", "Token": token}
    confirm = {"SubscribeURL": f"{SUBSCRIBE_URL}&TopicArn={scene.company.topic_arn}&Token={token}"}
    return [_call(scene, 0.0, "SubscriptionConfirmation", asked | confirm)]


def _notification(scene: Scene, moment: Moment, written: dict[str, Any], mailbox: str) -> Call:
    event_type, part, said = _EVENTS[moment.step]
    own = {"timestamp": _time(scene, moment.at_s), **said, **_recipients(moment.step, mailbox)}
    message = orjson.dumps({"eventType": event_type, "mail": written, part: own}).decode()
    return _call(scene, moment.at_s, "Notification", {"Message": message})


def _recipients(step: Step, mailbox: str) -> dict[str, Any]:
    """Whom an event is about, where its part says so; SES writes it in three ways."""
    if step is Step.DELIVERED:
        return {"recipients": [mailbox]}
    return {_RECIPIENTS[step]: [{"emailAddress": mailbox}]} if step in _RECIPIENTS else {}


def _call(scene: Scene, at_s: float, message_type: str, said: dict[str, str]) -> Call:
    """The rest of the envelope is added when the call is signed."""
    envelope = {
        "Type": message_type,
        "MessageId": scene.name(),
        "TopicArn": scene.company.topic_arn,
        "Timestamp": _time(scene, at_s),
        **said,
    }
    return Call(at_s, Sender.SES, orjson.dumps(envelope))


def _time(scene: Scene, at_s: float) -> str:
    """As Amazon writes it, to the millisecond."""
    return scene.later(at_s).isoformat(timespec="milliseconds").replace("+00:00", "Z")
