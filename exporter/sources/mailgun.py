"""POST /webhooks/mailgun: Mailgun's webhooks, one event a request, in JSON.

Source: documentation.mailgun.com, user manual: securing webhooks, webhook payloads, event types. The form posts of the
legacy webhooks are not read.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime

import msgspec
from pydantic import Field

from exporter.errors import Rejected, SignatureFailure, SignatureReason
from exporter.event import Account, Engagement, Message, Submission
from exporter.field_types import LabelName, PositiveS, Secret, given_by, secrets
from exporter.sources.log_rule import LogRule
from exporter.sources.mailgun_event import event_of
from exporter.sources.source import Batch, Parked, Request, SenderConfig, Source
from exporter.sources.strict_json import decode_body

_is_hex_digest = re.compile(r"[0-9A-Fa-f]{64}").fullmatch
_is_timestamp = re.compile(r"[0-9]{10}").fullmatch
_TWELVE_HOURS_S = 43_200


class _Signature(msgspec.Struct):
    timestamp: str | int = ""
    token: str = ""
    signature: str = ""


class _Envelope(msgspec.Struct):
    signature: _Signature | None = None
    event_data: msgspec.Raw = msgspec.field(name="event-data", default=msgspec.Raw(b"null"))


_envelope = msgspec.json.Decoder(_Envelope)


class MailgunConfig(SenderConfig):
    """Mailgun's webhooks."""

    signing_key: Secret | None = given_by(
        "MAILGUN_SIGNING_KEY",
        "The webhook signing key of the account; two separated by a comma while rotated.",
    )
    tolerance_s: PositiveS = Field(
        default=_TWELVE_HOURS_S, description="Seconds by which a signature may be older or newer than now."
    )
    tenants: dict[str, LabelName] = Field(
        default={},
        description="Tenant by sending domain; the user variable `tenant` wins, others are `default`.",
    )

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """One endpoint."""
        return (Mailgun(self),)


class Mailgun(Source):
    """Mailgun's webhooks.

    The signature covers a time and a random token, not the body. It is therefore the key of the one event that comes
    with it, across tenants: with another body around it, it counts nothing more.
    """

    name = "mailgun"
    paths = ("/webhooks/mailgun",)
    takes = "accepted, delivered, failed, rejected, opened, clicked, complained, unsubscribed"
    kinds = (Message, Engagement, Account)
    routes = (("email", "mailgun"),)

    def __init__(self, config: MailgunConfig) -> None:
        self._keys = secrets(config.signing_key)
        self._tolerance_s = config.tolerance_s
        self._tenants = config.tenants

    def read(self, request: Request) -> Batch:
        """Verify a webhook and turn its event into one of ours."""
        event_data, key = self._verified(request)
        raw = bytes(event_data)
        try:
            event = event_of(event_data, self._tenants, request.received_at)
        except Rejected as unusable:
            return Batch([], [Parked(0, unusable.reason, unusable.detail, raw)])
        return Batch([Submission(self.name, event, raw, key, across_tenants=True)], [])

    def _verified(self, request: Request) -> tuple[msgspec.Raw, str]:
        """The event, and the signature that came with it."""
        if not self._keys:
            raise SignatureFailure(SignatureReason.NOT_CONFIGURED)
        try:
            envelope = decode_body(_envelope, request.body)
        except Rejected:
            raise SignatureFailure(SignatureReason.MALFORMED) from None
        if envelope.signature is None:
            raise SignatureFailure(SignatureReason.MISSING)
        timestamp = self._check(envelope.signature)
        signed_at = datetime.fromtimestamp(timestamp, UTC)
        if abs((request.received_at - signed_at).total_seconds()) > self._tolerance_s:
            raise SignatureFailure(SignatureReason.EXPIRED)
        return envelope.event_data, envelope.signature.signature.lower()

    def _check(self, proof: _Signature) -> int:
        """The signed time; its ten digits leave only one way to part the time from the token."""
        timestamp = str(proof.timestamp)
        if not (_is_timestamp(timestamp) and proof.token and _is_hex_digest(proof.signature)):
            raise SignatureFailure(SignatureReason.MALFORMED)
        signed = (timestamp + proof.token).encode()
        given = bytes.fromhex(proof.signature)
        if not any(hmac.compare_digest(hmac.digest(key, signed, "sha256"), given) for key in self._keys):
            raise SignatureFailure(SignatureReason.MISMATCH)
        return int(timestamp)
