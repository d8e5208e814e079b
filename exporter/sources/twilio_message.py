"""What Twilio says of one message, under the names of its form, becomes a step and the engagements beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from exporter.country import country_of
from exporter.error_class import FAILED_STATUSES, error_class
from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, Engagement, Message
from exporter.sources.ledger_text import ledger_text
from exporter.vocabulary import Channel, Direction, ErrorClass, Status

Fields = Mapping[str, str]

_STATUSES = {status.value: status for status in Status}
_INBOUND = frozenset({Status.RECEIVED, Status.RECEIVING})
_CHANNELS = {"whatsapp": Channel.WHATSAPP, "rcs": Channel.RCS, "messenger": Channel.MESSENGER}
_OPT_OUT_ACTIONS = {"STOP": "opt_out", "START": "opt_in", "HELP": "help"}
_STATUS_NAMES = ("MessageStatus", "SmsStatus", "EventType")
_CHOICES = ("ButtonPayload", "ButtonText", "ListId")
_MESSAGE_IDS = ("MessageSid", "SmsSid", "SmsMessageSid")
_MOST_SEGMENTS = 1000
_MOST_MEDIA = 1000
_LONGEST_ERROR_CODE = 64
_SHORTCODE_DIGITS = 6


class MessageReader:
    """Reads messages as the operator names their tenants and senders.

    Args:
        tenants: tenant by account, messaging service or own address.
        senders: alias by messaging service or own address.
    """

    def __init__(self, tenants: Mapping[str, str], senders: Mapping[str, str]) -> None:
        self._tenants = tenants
        self._senders = senders

    def message(
        self, fields: Fields, at: datetime, named_tenant: str | None = None, *, at_arrival: bool = False
    ) -> Message:
        """One step of a message.

        `RawDlrDoneDate` is not taken for its time: it has whole minutes and no time zone, and "the timezone offset
        varies between carrier partners and even within the same carrier" (Twilio's changelog, 14 February 2023).

        Args:
            fields: under the names of Twilio's form.
            at: when it happened.
            named_tenant: wins over the configured ones.
            at_arrival: `at` is only when we heard of it.

        Raises:
            Rejected: no status, or no message id that can be stored.
        """
        status = _status(fields)
        message_id = _message_id(fields)
        inbound = status in _INBOUND or fields.get("Direction") == "inbound"
        own, peer = _addresses(fields, inbound=inbound)
        own_names = (fields.get("MessagingServiceSid", ""), own, own.rpartition(":")[2])
        code = ledger_text(fields.get("ErrorCode"), _LONGEST_ERROR_CODE)
        media = _count(fields.get("NumMedia"), _MOST_MEDIA)
        return Message(
            at=at,
            at_arrival=at_arrival,
            tenant=named_tenant or self._tenant(fields, own_names),
            channel=_channel(fields, message_id, media),
            provider="twilio",
            direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
            status=status,
            message_id=message_id,
            error_code=code,
            error_class=error_class(code) if status in FAILED_STATUSES else ErrorClass.NONE,
            country=(_country(fields.get("FromCountry")) if inbound else None) or _country_of(peer),
            segments=_count(fields.get("NumSegments"), _MOST_SEGMENTS) or None,
            media=media,
            own_country=(_country(fields.get("ToCountry")) if inbound else None) or _country_of(own),
            number_type=_number_type(own),
            own_number=ledger_text(own.rpartition(":")[2]),
            sender=next((self._senders[name] for name in own_names if name in self._senders), None),
            peer=ledger_text(peer),
        )

    def _tenant(self, fields: Fields, own_names: tuple[str, ...]) -> str:
        names = (fields.get("AccountSid", ""), *own_names)
        return next((self._tenants[name] for name in names if name in self._tenants), DEFAULT_TENANT)


def engagements(message: Message, fields: Fields) -> Iterator[Engagement]:
    """What the customer did by a message: opt in or out, choose what it offers, or answer one of ours."""
    if action := _OPT_OUT_ACTIONS.get(fields.get("OptOutType", "")):
        yield _engagement(message, action, message.message_id)
    answered = ledger_text(fields.get("OriginalRepliedMessageSid"))
    if any(fields.get(name) for name in _CHOICES):
        yield _engagement(message, "click", answered)
    elif answered:
        yield _engagement(message, "reply", answered)


def _status(fields: Fields) -> Status:
    """The first name that says something, else `received` for what has a body."""
    word = next((fields[name] for name in _STATUS_NAMES if fields.get(name)), None)
    if word:
        return _STATUSES.get(word.lower(), Status.OTHER)
    if "Body" in fields:
        return Status.RECEIVED
    raise Rejected(Reason.MISSING_FIELD, "neither MessageStatus nor SmsStatus nor Body")


def _message_id(fields: Fields) -> str:
    stated = next((fields[name] for name in _MESSAGE_IDS if fields.get(name)), None)
    if stated is None:
        raise Rejected(Reason.MISSING_FIELD, "no MessageSid")
    message_id = ledger_text(stated)
    if message_id is None:
        raise Rejected(Reason.BAD_FIELD, "MessageSid is too long or holds NUL")
    return message_id


def _addresses(fields: Fields, *, inbound: bool) -> tuple[str, str]:
    """Our address and the customer's."""
    sender, receiver = fields.get("From", ""), fields.get("To", "")
    return (receiver, sender) if inbound else (sender, receiver)


def _channel(fields: Fields, message_id: str, media: int | None) -> Channel:
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


def _country_of(address: str) -> str | None:
    """The country of a telephone number; other addresses, such as Messenger's, may be digits too."""
    number = address.rpartition(":")[2]
    return country_of(number) if number.startswith("+") else None


def _number_type(address: str) -> str | None:
    """A short code is known by its length; the other types cannot be told from their digits."""
    return "shortcode" if address.isdigit() and len(address) <= _SHORTCODE_DIGITS else None


def _country(text: str | None) -> str | None:
    return text.upper() if text and len(text) == 2 and text.isascii() and text.isalpha() else None


def _engagement(message: Message, action: str, message_id: str | None) -> Engagement:
    return Engagement(
        at=message.at,
        tenant=message.tenant,
        action=action,
        channel=message.channel,
        message_id=message_id,
    )
