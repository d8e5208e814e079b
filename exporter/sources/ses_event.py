"""An SES event, the text of an SNS notification, as one step a recipient or as what was done with the mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, Account, AnyEvent, Engagement, Message, Submission
from exporter.sources.mail import Mail, mail_id, member
from exporter.sources.mail_actor import actor_of
from exporter.sources.mail_error import mail_error_class, smtp_code
from exporter.sources.moment import is_plausible
from exporter.sources.sns_signature import SnsMessage
from exporter.sources.strict_json import decode_body
from exporter.vocabulary import Actor, ErrorClass, Status

_MOST_RECIPIENTS = 100
"""SES takes 50 a mail; each step keeps the whole event as its raw bytes."""
_GREETING = "Successfully validated SNS topic for Amazon SES"
_ACTIONS = {"Open": "open", "Click": "click", "Complaint": "complaint", "Subscription": "opt_out"}
_FETCHED = frozenset({"Open", "Click"})
_NEVER_SENT = ("Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient")


class _Step(NamedTuple):
    """The status that a kind of event is, and where it says when and to whom."""

    status: Status
    section: str
    recipients: str | None = None


_STEPS = {
    "Send": _Step(Status.SENT, "mail", "destination"),
    "Delivery": _Step(Status.DELIVERED, "delivery", "recipients"),
    "DeliveryDelay": _Step(Status.DEFERRED, "deliveryDelay", "delayedRecipients"),
    # SES has given up by then, also where the bounce is transient; an automatic reply may come as one, which is
    # why a delivery stands above it on the ladder.
    "Bounce": _Step(Status.UNDELIVERED, "bounce", "bouncedRecipients"),
    "Reject": _Step(Status.FAILED, "reject"),
    "Rendering Failure": _Step(Status.FAILED, "failure"),
}
_SUPPRESSED = _Step(Status.FAILED, "complaint", "complainedRecipients")

_event = msgspec.json.Decoder(dict[str, Any])


class _Event(NamedTuple):
    """An event: the SNS message that it came in, its bytes, its name, its JSON, and whose it is."""

    sns: SnsMessage
    raw: bytes
    name: str
    data: dict[str, Any]
    tenant: str
    received_at: datetime

    def copy_for(self, recipient: object, section: object) -> Mail:
        """The mail as this recipient has it, at the time of the section or else of the SNS message."""
        times = (member(section, "timestamp"), self.sns.timestamp)
        at = next((at for time in times if (at := _moment(time, self.received_at))), self.received_at)
        return Mail("ses", self.tenant, at, mail_id(member(self.data, "mail", "messageId"), recipient))

    def recipients(self, section: object, name: str | None) -> list[object]:
        """The addresses that the section names, else all to whom the mail went; one None where there are none."""
        named = member(section, name) if name else None
        found = named or member(self.data, "mail", "destination")
        return found if isinstance(found, list) and found else [None]


def is_greeting(message: SnsMessage) -> bool:
    """Whether this is the line of plain text that SES sends when it is pointed at a topic."""
    return message.message.startswith(_GREETING)


def read_event(message: SnsMessage, tenants: Mapping[str, str], received_at: datetime) -> list[Submission]:
    """What a notification comes to; an event we do not know is news of `other`.

    Raises:
        Rejected: the text is not an SES event.
    """
    raw = message.message.encode()
    try:
        data = decode_body(_event, raw)
    except Rejected as error:
        raise Rejected(Reason.MALFORMED_EVENT, f"Message: {error.detail}") from None
    name = data.get("eventType", data.get("notificationType"))
    if not isinstance(name, str):
        reason = Reason.MISSING_FIELD if name is None else Reason.BAD_FIELD
        raise Rejected(reason, "eventType: no event name")
    event = _Event(message, raw, name, data, _tenant(message, data, tenants), received_at)
    if step := _step(event):
        return list(_steps(event, step))
    return [_submission(event, _engagement(event) if name in _ACTIONS else _news(event), message.message_id)]


def _step(event: _Event) -> _Step | None:
    """A complaint about an address on the suppression list is SES's own: the mail never left."""
    if event.name == "Complaint" and member(event.data, "complaint", "complaintSubType") in _NEVER_SENT:
        return _SUPPRESSED
    return _STEPS.get(event.name)


def _steps(event: _Event, step: _Step) -> Iterator[Submission]:
    section = event.data.get(step.section)
    recipients = event.recipients(section, step.recipients)
    if len(recipients) > _MOST_RECIPIENTS:
        raise Rejected(Reason.TOO_LARGE, f"more than {_MOST_RECIPIENTS} recipients")
    for place, recipient in enumerate(recipients):
        address = member(recipient, "emailAddress") if isinstance(recipient, dict) else recipient
        message = _message(event.copy_for(address, section), step, section, recipient)
        yield _submission(event, message, None if message.message_id else f"{event.sns.message_id}:{place}")


def _message(mail: Mail, step: _Step, section: object, recipient: object) -> Message:
    subtype = member(section, f"{step.section}SubType")
    code = smtp_code(member(recipient, "status"))
    template = member(section, "templateName")
    cause = ErrorClass.TEMPLATE if template else mail_error_class((subtype, member(section, "reason")), code)
    status = Status.FAILED if subtype in _NEVER_SENT else step.status
    return mail.step(status, error_code=code, error_class=cause, template=template)


def _engagement(event: _Event) -> Engagement:
    """What was done with the mail, once: with several recipients SES does not say who it was."""
    section = event.data.get(event.name.lower())
    complained = event.recipients(section, "complainedRecipients")
    alone = complained[0] if len(complained) == 1 else None
    mail = event.copy_for(member(alone, "emailAddress") or alone, section)
    return mail.engagement(_action(event.name, section), _actor(event, section))


def _action(name: str, section: object) -> str:
    if name == "Complaint" and member(section, "complaintFeedbackType") == "not-spam":
        return "not_spam"
    if name == "Subscription" and not _opts_out(member(section, "newTopicPreferences")):
        return "opt_in"
    return _ACTIONS[name]


def _opts_out(preferences: object) -> bool:
    """Whether the recipient wants no more of something."""
    topics = member(preferences, "topicSubscriptionStatus")
    wanted = topics if isinstance(topics, list) else []
    return member(preferences, "unsubscribeAll") is True or any(
        member(topic, "subscriptionStatus") == "OptOut" for topic in wanted
    )


def _actor(event: _Event, section: object) -> Actor:
    if event.name not in _FETCHED:
        return Actor.HUMAN
    sent_at = _moment(member(event.data, "mail", "timestamp"), event.received_at)
    at = _moment(member(section, "timestamp"), event.received_at)
    return actor_of(member(section, "userAgent"), after=at - sent_at if at and sent_at else None)


def _news(event: _Event) -> Account:
    return event.copy_for(None, None).news("other", event.name)


def _submission(event: _Event, ours: AnyEvent, key: str | None) -> Submission:
    return Submission("ses", ours, event.raw, key)


def _tenant(message: SnsMessage, data: dict[str, Any], tenants: Mapping[str, str]) -> str:
    """By configuration set, else by the sending domain, else by topic."""
    source = member(data, "mail", "source")
    domain = source.rpartition("@")[2].rstrip(">").lower() if isinstance(source, str) else None
    tags = member(data, "mail", "tags", "ses:configuration-set")
    sets = tags if isinstance(tags, list) else []
    names = (*sets, domain, message.topic_arn)
    return next(
        (tenants[name] for name in names if isinstance(name, str) and name in tenants), DEFAULT_TENANT
    )


def _moment(text: object, received_at: datetime) -> datetime | None:
    """A time as ISO 8601 has it; None where it is unreadable or absurd."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
        return at.astimezone(UTC) if at and at.tzinfo and is_plausible(at, received_at) else None
    except (ValueError, OverflowError):
        return None
