"""POST /webhooks/ses: Amazon SES, whose events come as notifications of an SNS topic.

Source: docs.aws.amazon.com/ses/latest/dg: event-publishing-retrieving-sns-contents, notification-contents.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from exporter.errors import Reason, Rejected, SignatureFailure, SignatureReason
from exporter.event import Account, Engagement, Message, Submission
from exporter.field_types import LabelName
from exporter.sources.log_rule import LogRule
from exporter.sources.ses_event import is_greeting, read_event
from exporter.sources.sns_signature import (
    NOTIFICATION,
    SUBSCRIPTION_CONFIRMATION,
    Certificates,
    SnsMessage,
    is_subscribe_url,
    read_message,
)
from exporter.sources.source import Batch, Parked, Request, SenderConfig, Source

_is_topic_arn = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]+:[A-Za-z0-9_.-]{1,256}").fullmatch


def _topic_arn(value: str) -> str:
    if not _is_topic_arn(value):
        raise ValueError("must be the ARN of a topic, such as arn:aws:sns:us-east-1:123456789012:ses-events")
    return value


class SesConfig(SenderConfig):
    """Amazon SES, through SNS topics."""

    topic_arns: list[Annotated[str, AfterValidator(_topic_arn)]] = Field(
        default=[],
        description="The topics that are believed; subscriptions to them are confirmed by themselves.",
    )
    tenants: dict[str, LabelName] = Field(
        default={},
        description="Tenant by configuration set, sending domain or topic ARN; others are `default`.",
    )

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """One endpoint."""
        return (Ses(self),)


class Ses(Source):
    """SES events out of SNS.

    Everybody's topics are signed with the same certificates: what makes a message ours is its topic.
    """

    name = "ses"
    paths = ("/webhooks/ses",)
    takes = (
        "Send, Delivery, DeliveryDelay, Bounce, Reject, Rendering Failure, Open, Click, Complaint, Subscription, "
        "SubscriptionConfirmation"
    )
    kinds = (Message, Engagement, Account)
    routes = (("email", "ses"),)

    def __init__(self, config: SesConfig) -> None:
        self._topic_arns = frozenset(config.topic_arns)
        self._tenants = config.tenants
        self._certificates = Certificates()

    def document_needed(self, request: Request) -> str | None:
        """The certificate of a message of one of our topics; nothing is fetched for others."""
        try:
            return self._certificates.needed(self._message(request).signing_cert_url)
        except SignatureFailure:
            return None

    def learn(self, url: str, document: bytes) -> None:
        """Take a certificate of SNS."""
        self._certificates.learn(url, document)

    def read(self, request: Request) -> Batch:
        """Verify a message; a notification becomes the steps of its recipients, a confirmation is news."""
        message = self._message(request)
        self._certificates.verify(message, request)
        try:
            if message.type == NOTIFICATION:
                return self._notification(message, request)
            return _confirmation(message, request)
        except Rejected as unusable:
            raw = message.message.encode()
            return Batch([], [Parked(0, unusable.reason, unusable.detail, raw)])

    def _message(self, request: Request) -> SnsMessage:
        if not self._topic_arns:
            raise SignatureFailure(SignatureReason.NOT_CONFIGURED)
        message = read_message(request.body)
        if message.topic_arn not in self._topic_arns:
            raise SignatureFailure(SignatureReason.MISMATCH)
        return message

    def _notification(self, message: SnsMessage, request: Request) -> Batch:
        if is_greeting(message):
            return Batch([], [], ignored=1)
        return Batch(read_event(message, self._tenants, request.received_at), [])


def _confirmation(message: SnsMessage, request: Request) -> Batch:
    """News that a topic was subscribed to, or no longer is; the first is to be confirmed by a visit."""
    is_new = message.type == SUBSCRIPTION_CONFIRMATION
    if is_new and not is_subscribe_url(message.subscribe_url):
        raise Rejected(Reason.BAD_FIELD, "SubscribeURL: not one of SNS")
    news = Account(at=request.received_at, provider="ses", field=message.type)
    submission = Submission("ses", news, message.message.encode(), message.message_id)
    return Batch([submission], [], visit=message.subscribe_url if is_new else None)
