"""Twilio's JSON under the names of its form: flat webhook bodies, CloudEvents of Event Streams, the Messages API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, NamedTuple

import msgspec

from exporter.sources.moment import is_plausible
from exporter.sources.strict_json import decode_body

_MESSAGING = "com.twilio.messaging."
_RECEIVED = "com.twilio.messaging.inbound-message.received"
_ODD_NAMES = {"numberOfSegments": "NumSegments"}
_OF_RESOURCE = {
    "sid": "MessageSid",
    "status": "MessageStatus",
    "direction": "Direction",
    "error_code": "ErrorCode",
    "num_segments": "NumSegments",
    "num_media": "NumMedia",
    "from": "From",
    "to": "To",
    "account_sid": "AccountSid",
    "messaging_service_sid": "MessagingServiceSid",
}
_DATE_OF = {
    "accepted": "date_created",
    "queued": "date_created",
    "sent": "date_sent",
    "received": "date_sent",
}

_ANY = msgspec.json.Decoder(msgspec.Raw)
_ARRAY = msgspec.json.Decoder(Annotated[list[msgspec.Raw], msgspec.Meta(max_length=10_000)])
_OBJECT = msgspec.json.Decoder(dict[str, Any])


class Report(NamedTuple):
    """What was said of one message, and the provider's own time of it when it is believed."""

    fields: dict[str, str]
    at: datetime | None = None


def pieces(body: bytes) -> list[bytes]:
    """The objects of a body, which may be one or an array of them.

    Raises:
        Rejected: the body is not JSON, or an array of more than 10,000.
    """
    if body.lstrip(b" \t\r\n").startswith(b"["):
        return [bytes(piece) for piece in decode_body(_ARRAY, body)]
    return [bytes(decode_body(_ANY, body))]


def webhook_report(piece: bytes, received_at: datetime) -> Report | None:
    """A flat object, or a CloudEvent about messages; None for one about something else.

    Source: twilio.com/docs/events/event-types/messaging, outbound and inbound message (August 2026).

    Raises:
        Rejected: the piece is no JSON object.
    """
    given = decode_body(_OBJECT, piece)
    if "specversion" not in given:
        return Report(_as_text(given))
    kind, data = given.get("type"), given.get("data")
    if not isinstance(kind, str) or not kind.startswith(_MESSAGING) or not isinstance(data, dict):
        return None
    fields = _as_text({_ODD_NAMES.get(name, name[:1].upper() + name[1:]): data[name] for name in data})
    if kind == _RECEIVED:
        fields["MessageStatus"] = "received"
    return Report(fields, _plausible(_iso(data.get("timestamp")), received_at))


def resource_report(row: Mapping[str, Any], now: datetime) -> Report:
    """A row of the Messages API, at the time of the step that it reports.

    The API has no time of its own for a delivery: `date_updated` is the nearest, and never too early.
    """
    fields = _as_text({name: row.get(key) for key, name in _OF_RESOURCE.items()})
    dated = _DATE_OF.get(fields.get("MessageStatus", ""), "date_updated")
    return Report(fields, _plausible(rfc_2822(row.get(dated) or row.get("date_updated")), now))


def rfc_2822(value: object) -> datetime | None:
    """A date such as `Fri, 24 May 2019 17:44:50 +0000`; None when it is none."""
    try:
        return parsedate_to_datetime(value).astimezone(UTC) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _as_text(given: Mapping[str, Any]) -> dict[str, str]:
    """The texts and whole numbers, all as text; a zero error code is none."""
    texts = {name: str(value) for name, value in given.items() if type(value) in (str, int)}
    if texts.get("ErrorCode") == "0":
        del texts["ErrorCode"]
    return texts


def _iso(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at and at.tzinfo else None


def _plausible(at: datetime | None, received_at: datetime) -> datetime | None:
    return at if at and is_plausible(at, received_at) else None
