"""POST /webhooks/sendgrid: SendGrid's Event Webhook, a JSON array of events about many mails.

Source: twilio.com/docs/sendgrid/for-developers/tracking-events: event, getting-started-event-webhook-security-features.
"""

from __future__ import annotations

import base64
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import AfterValidator, Field, SecretStr

from exporter.errors import Reason, Rejected, SignatureFailure, SignatureReason
from exporter.event import Account, Engagement, Message, Submission
from exporter.field_types import LabelName, Secret, given_by, secrets
from exporter.sources.log_rule import LogRule
from exporter.sources.sendgrid_event import EventElement, event_of, key_of, tenant_of
from exporter.sources.source import Batch, Parked, Request, SenderConfig, Source
from exporter.sources.strict_json import decode_body, plain

_MOST_EVENTS = 20_000
"""More than 3 MB hold of SendGrid's events, which have 200 bytes and more."""
_SIGNED = ec.ECDSA(hashes.SHA256())
_parts = msgspec.json.Decoder(Annotated[list[msgspec.Raw], msgspec.Meta(max_length=_MOST_EVENTS)])
_element = msgspec.json.Decoder(EventElement)


def _parsed(base64_key: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(base64_key, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("must be the verification key that SendGrid shows: Base64 of an ECDSA P-256 key")


def _of_keys(value: SecretStr) -> SecretStr:
    for key in secrets(value):
        _parsed(key)
    return value


class SendGridConfig(SenderConfig):
    """SendGrid's Event Webhook, signed."""

    public_key: Annotated[Secret, AfterValidator(_of_keys)] | None = given_by(
        "SENDGRID_PUBLIC_KEY",
        "The verification key of the signed Event Webhook; two separated by a comma while rotated.",
    )
    tenants: dict[str, LabelName] = Field(
        default={}, description="Tenant by category; the custom argument `tenant` wins, others are `default`."
    )

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """One endpoint."""
        return (SendGrid(self),)


class SendGrid(Source):
    """SendGrid's events; a signature has no age limit, since the body is signed and its repeat counts once."""

    name = "sendgrid"
    paths = ("/webhooks/sendgrid",)
    takes = (
        "processed, deferred, delivered, bounce, dropped, open, click, spamreport, unsubscribe, group_*, "
        "account_status_change"
    )
    kinds = (Message, Engagement, Account)
    routes = (("email", "sendgrid"),)

    def __init__(self, config: SendGridConfig) -> None:
        self._keys = tuple(map(_parsed, secrets(config.public_key)))
        self._tenants = config.tenants

    def read(self, request: Request) -> Batch:
        """Verify a batch and turn each of its events into one of ours."""
        self._verify(request)
        batch = Batch([], [])
        for index, part in enumerate(decode_body(_parts, request.body)):
            raw = bytes(part)
            try:
                batch.submissions.append(self._submission(raw, request))
            except Rejected as unusable:
                batch.parked.append(Parked(index, unusable.reason, unusable.detail, raw))
        return batch

    def _submission(self, raw: bytes, request: Request) -> Submission:
        element = _decoded(raw)
        event = event_of(element, tenant_of(element, self._tenants), request.received_at)
        return Submission(self.name, event, raw, key_of(event, element, raw))

    def _verify(self, request: Request) -> None:
        if not self._keys:
            raise SignatureFailure(SignatureReason.NOT_CONFIGURED)
        signature = request.headers.get("X-Twilio-Email-Event-Webhook-Signature")
        timestamp = request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp")
        if not signature or not timestamp:
            raise SignatureFailure(SignatureReason.MISSING)
        try:
            der = base64.b64decode(signature, validate=True)
        except ValueError:
            raise SignatureFailure(SignatureReason.MALFORMED) from None
        signed = timestamp.encode("utf-8", "surrogatepass") + request.body
        if not any(_is_signed_by(key, der, signed) for key in self._keys):
            raise SignatureFailure(SignatureReason.MISMATCH)


def _is_signed_by(key: ec.EllipticCurvePublicKey, der: bytes, signed: bytes) -> bool:
    try:
        key.verify(der, signed, _SIGNED)
    except InvalidSignature:
        return False
    return True


def _decoded(raw: bytes) -> EventElement:
    try:
        return _element.decode(raw)
    except msgspec.ValidationError as error:
        raise Rejected(Reason.BAD_FIELD, plain(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(Reason.MALFORMED_EVENT, "cannot be read") from error
