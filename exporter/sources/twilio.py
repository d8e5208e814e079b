"""POST /webhooks/twilio: status callbacks and inbound messages of SMS, MMS, WhatsApp, RCS and Messenger."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import Field

from exporter.error_class import FAILED_STATUSES, error_class
from exporter.errors import Reason
from exporter.event import DEFAULT_TENANT, Engagement, Message, Submission
from exporter.field_types import LabelName, Secret, Text, given_by, secrets
from exporter.sources.ledger_text import ledger_text
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch, Parked, Reply, Request, SenderConfig, Source, Stored
from exporter.sources.twilio_signature import verified_form
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass, Status

_STATUSES = {status.value: status for status in Status}
_INBOUND = frozenset({Status.RECEIVED, Status.RECEIVING})
_CHANNELS = {"whatsapp": Channel.WHATSAPP, "rcs": Channel.RCS, "messenger": Channel.MESSENGER}
_OPT_OUT_ACTIONS = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}
_MESSAGE_IDS = ("MessageSid", "SmsSid", "SmsMessageSid")
_EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
_MOST_SEGMENTS = 1000
_MOST_MEDIA = 1000
_LONGEST_ERROR_CODE = 64
_is_tenant = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}").fullmatch


class TwilioConfig(SenderConfig):
    """Twilio's webhooks: status callbacks and inbound messages."""

    account_sid: Text | None = given_by("TWILIO_ACCOUNT_SID", "The account whose traffic this is.")
    auth_token: Secret | None = given_by(
        "TWILIO_AUTH_TOKEN", "The secret that Twilio signs with; two separated by a comma while rotated."
    )
    tenants: dict[str, LabelName] = Field(
        default={}, description="Tenant by account, messaging service or sender; others are `default`."
    )

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """One endpoint."""
        return (Twilio(self),)


class Twilio(Source):
    """Twilio's messaging webhooks; they carry no time of their own, so `at` is when we received them.

    The key of a submission is the signature itself. Twilio glues names and values together without
    separators before it signs, so a captured request can be split anew into other names and values that the
    same signature proves; keyed by its signature, no such copy can become a second row.
    """

    name = "twilio"
    paths = ("/webhooks/twilio", "/webhooks/twilio/{rest:.*}")
    routes = (("sms", "twilio"), ("mms", "twilio"), ("whatsapp", "twilio"))

    def __init__(self, config: TwilioConfig) -> None:
        self._tokens = secrets(config.auth_token)
        self._tenants = config.tenants

    def read(self, request: Request) -> Batch:
        """Verify a callback and turn it into a message step, with an engagement when it opts in or out."""
        pairs, signature = verified_form(self._tokens, request)
        fields = dict(pairs)
        status = _status(fields)
        if status is None:
            return _park(request, Reason.MISSING_FIELD, "neither MessageStatus nor SmsStatus nor Body")
        message_id = next((fields[name] for name in _MESSAGE_IDS if fields.get(name)), None)
        if message_id is None:
            return _park(request, Reason.MISSING_FIELD, "no MessageSid")
        if ledger_text(message_id) is None:
            return _park(request, Reason.BAD_FIELD, "MessageSid is too long or holds NUL")
        message = self._message(request, fields, status, message_id)
        submissions = [Submission(self.name, message, request.body, signature, across_tenants=True)]
        if action := _OPT_OUT_ACTIONS.get(fields.get("OptOutType", "")):
            engagement = _engagement(message, action)
            key = f"{signature}:{action}"
            submissions.append(Submission(self.name, engagement, request.body, key, across_tenants=True))
        return Batch(submissions, [])

    def answer(self, request: Request, stored: Stored) -> Reply:
        """TwiML that does nothing: Twilio would read anything else as a reply to the customer."""
        return Reply(200, _EMPTY_TWIML, "text/xml")

    def _message(
        self, request: Request, fields: Mapping[str, str], status: Status, message_id: str
    ) -> Message:
        code = ledger_text(fields.get("ErrorCode"), _LONGEST_ERROR_CODE)
        inbound = status in _INBOUND
        media = _count(fields.get("NumMedia"), _MOST_MEDIA)
        return Message(
            at=request.received_at,
            tenant=self._tenant(request, fields, inbound),
            channel=_channel(fields, message_id, media),
            provider="twilio",
            direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
            status=status,
            message_id=message_id,
            error_code=code,
            error_class=error_class(code) if status in FAILED_STATUSES else ErrorClass.NONE,
            country=_country(fields.get("FromCountry")) if inbound else None,
            segments=_count(fields.get("NumSegments"), _MOST_SEGMENTS) or None,
            media=media,
        )

    def _tenant(self, request: Request, fields: Mapping[str, str], inbound: bool) -> str:
        named = request.query.get("tenant")
        if named is not None:
            return named if _is_tenant(named) else DEFAULT_TENANT
        if not self._tenants:
            return DEFAULT_TENANT
        own_number = fields.get("To" if inbound else "From", "")
        own_names = (
            fields.get("AccountSid", ""),
            fields.get("MessagingServiceSid", ""),
            own_number,
            own_number.rpartition(":")[2],
        )
        return next((self._tenants[name] for name in own_names if name in self._tenants), DEFAULT_TENANT)


def _status(fields: Mapping[str, str]) -> Status | None:
    """MessageStatus, else SmsStatus, else `received` for what has a body; None when nothing happened."""
    word = fields.get("MessageStatus") or fields.get("SmsStatus")
    if word:
        return _STATUSES.get(word.lower(), Status.OTHER)
    return Status.RECEIVED if "Body" in fields else None


def _park(request: Request, reason: Reason, detail: str) -> Batch:
    return Batch([], [Parked(0, reason, detail, request.body)])


def _channel(fields: Mapping[str, str], message_id: str, media: int | None) -> Channel:
    for address in (fields.get("To", ""), fields.get("From", "")):
        if channel := _CHANNELS.get(address.partition(":")[0]):
            return channel
    return Channel.MMS if media or message_id.startswith("MM") else Channel.SMS


def _count(text: str | None, most: int) -> int | None:
    """A plain decimal number up to `most`; anything else is no number."""
    if not text or len(text) > len(str(most)) or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if number <= most else None


def _country(text: str | None) -> str | None:
    return text.upper() if text and len(text) == 2 and text.isascii() and text.isalpha() else None


def _engagement(message: Message, action: str) -> Engagement:
    return Engagement(
        at=message.at,
        tenant=message.tenant,
        action=action,
        actor=Actor.HUMAN,
        channel=message.channel,
        message_id=message.message_id,
    )
