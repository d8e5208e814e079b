"""GET and POST /webhooks/whatsapp: Meta's WhatsApp Cloud API.

Source: developers.facebook.com, WhatsApp Business Platform, webhooks overview and reference.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import Field

from exporter.errors import Reason, SignatureFailure, SignatureReason
from exporter.event import Account, Engagement, Message
from exporter.field_types import LabelName, Secret, given_by, secrets
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch, Request, SenderConfig, Source
from exporter.sources.strict_json import decode_body
from exporter.sources.whatsapp_collected import Collected
from exporter.sources.whatsapp_notification import Notification
from exporter.sources.whatsapp_owner import Directory

_well_formed = re.compile(r"sha256=[0-9A-Fa-f]{64}").fullmatch
_OBJECT = "whatsapp_business_account"


class _Envelope(msgspec.Struct):
    object: Any = None
    entry: msgspec.Raw = msgspec.Raw(b"null")


_envelope = msgspec.json.Decoder(_Envelope)


class WhatsAppConfig(SenderConfig):
    """WhatsApp Cloud's webhooks: messages, statuses and news about the account."""

    app_secret: Secret | None = given_by(
        "WHATSAPP_APP_SECRET", "The secret that Meta signs with; two separated by a comma while rotated."
    )
    verify_token: Secret | None = given_by(
        "WHATSAPP_VERIFY_TOKEN", "The word that Meta repeats when the webhook is registered."
    )
    tenants: dict[str, LabelName] = Field(
        default={}, description="Tenant by phone-number id or business account id; others are `default`."
    )
    senders: dict[str, LabelName] = Field(
        default={},
        description="Alias of our number, by phone-number id, display number or business account id.",
    )

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """One endpoint."""
        return (WhatsApp(self),)


class WhatsApp(Source):
    """WhatsApp Cloud webhooks; the tenant never comes from the URL, which the signature does not cover."""

    name = "whatsapp"
    paths = ("/webhooks/whatsapp",)
    takes = "`messages`, `statuses`, template, quality, limit, account and all other fields"
    kinds = (Message, Engagement, Account)
    routes = (("whatsapp", "whatsapp"),)
    greets = True

    def __init__(self, config: WhatsAppConfig) -> None:
        self._secrets = secrets(config.app_secret)
        self._verify_tokens = secrets(config.verify_token)
        self._directory = Directory(config.tenants, config.senders)

    def handshake(self, query: Mapping[str, str]) -> str:
        """Answer Meta's subscription check with its challenge, to be sent as plain text.

        Raises:
            SignatureFailure: the verify token or the request is not right.
        """
        if not self._verify_tokens:
            raise SignatureFailure(SignatureReason.NOT_CONFIGURED)
        token, challenge = query.get("hub.verify_token"), query.get("hub.challenge")
        if not token:
            raise SignatureFailure(SignatureReason.MISSING)
        if query.get("hub.mode") != "subscribe" or not challenge:
            raise SignatureFailure(SignatureReason.MALFORMED)
        given = token.encode("utf-8", "surrogatepass")
        if not any(hmac.compare_digest(known, given) for known in self._verify_tokens):
            raise SignatureFailure(SignatureReason.MISMATCH)
        return challenge

    def read(self, request: Request) -> Batch:
        """Verify a notification and turn its statuses, messages and other changes into events."""
        self._verify(request)
        envelope = decode_body(_envelope, request.body)
        collected = Collected(request.received_at)
        if envelope.object in (None, _OBJECT):
            Notification(self._directory, collected).read_entries(envelope.entry)
        else:
            collected.park(Reason.BAD_FIELD, f"object: not {_OBJECT}", request.body)
        return Batch(collected.submissions, collected.parked)

    def _verify(self, request: Request) -> None:
        if not self._secrets:
            raise SignatureFailure(SignatureReason.NOT_CONFIGURED)
        header = request.headers.get("X-Hub-Signature-256")
        if not header:
            raise SignatureFailure(SignatureReason.MISSING)
        if not _well_formed(header):
            raise SignatureFailure(SignatureReason.MALFORMED)
        given = bytes.fromhex(header[7:])
        for secret in self._secrets:
            if hmac.compare_digest(hmac.digest(secret, request.body, "sha256"), given):
                return
        raise SignatureFailure(SignatureReason.MISMATCH)
