"""One event of our own schema: decoded, checked beyond what types can say, completed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from exporter.error_class import FAILED_STATUSES, error_class
from exporter.errors import Reason, Rejected
from exporter.event import (
    NEVER_STATED,
    Account,
    AnyEvent,
    Charge,
    Conversation,
    Credit,
    Delivery,
    Engagement,
    Level,
    Llm,
    Message,
    Outcome,
    Payment,
)
from exporter.sources.llm_call import LlmCall, llm_event
from exporter.sources.moment import is_plausible
from exporter.sources.strict_json import plain
from exporter.vocabulary import ErrorClass

_Stated = (
    Message
    | Engagement
    | LlmCall
    | Conversation
    | Payment
    | Credit
    | Outcome
    | Delivery
    | Account
    | Level
    | Charge
)
_event = msgspec.json.Decoder(_Stated)

_NEVER_NEGATIVE = {
    Message: ("cost_usd",),
    Llm: ("cost_usd",),
    Payment: ("amount", "amount_usd"),
    Credit: ("used",),
    Charge: ("amount_usd",),
}
"""A refund is an event of its own: counters of money only go up."""
_SIGNED = {Credit: ("balance",), Outcome: ("amount_usd",)}
_LIMIT = Decimal("1e12")
_MOST_DECIMALS = 12
_NOT_PRICED: dict[str, Any] = dict.fromkeys(NEVER_STATED) | {"costs": ()}
_NO_PRICES = tuple(_NOT_PRICED.values())
_prices_of = attrgetter(*_NOT_PRICED)
_ESCAPED_NUL = b"\\u0000"


def default_at(received_at: datetime) -> bytes:
    """The opening of an object that says when, for `decode_event`."""
    return b'{"at":"%s",' % received_at.isoformat().encode()


def decode_event(raw: bytes, opening: bytes, received_at: datetime) -> AnyEvent:
    """Decode one event; `opening`, from `default_at`, stands in where the event has no `at` of its own.

    Raises:
        Rejected: with the reason, and a detail that names the field and holds no value.
    """
    try:
        # Of a repeated name the last one wins, so an event's own `at` beats the one put in front of it.
        stated = _event.decode(opening + raw[1:]) if raw[:1] == b"{" else _event.decode(raw)
    except msgspec.ValidationError as error:
        raise _explained(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if raw[1:].strip() == b"}":
            raise Rejected(Reason.MISSING_FIELD, "kind: missing") from None
        raise Rejected(Reason.MALFORMED_EVENT, "not a readable JSON object") from error
    event = llm_event(stated) if isinstance(stated, LlmCall) else stated
    if not is_plausible(event.at, received_at):
        raise Rejected(Reason.BAD_TIMESTAMP, "at: before 2000 or more than a day ahead")
    _check_money(event)
    if _ESCAPED_NUL in raw:
        _check_nul(event)
    return _completed(event)


def _explained(error: msgspec.ValidationError) -> Rejected:
    detail = plain(error)
    field, _, problem = detail.rpartition(": ")
    if problem.startswith("Object missing required field"):
        missing = problem.split("`")[1]
        return Rejected(
            Reason.MISSING_FIELD, f"{field}.{missing}: missing" if field else f"{missing}: missing"
        )
    if not field:
        return Rejected(Reason.MALFORMED_EVENT, detail)
    reasons = {"kind": Reason.UNKNOWN_KIND, "at": Reason.BAD_TIMESTAMP}
    return Rejected(reasons.get(field, Reason.BAD_FIELD), detail)


def _check_money(event: AnyEvent) -> None:
    kind = type(event)
    for field in _NEVER_NEGATIVE.get(kind, ()):
        amount = getattr(event, field)
        if amount is not None:
            _check_amount(field, amount)
            if amount < 0:
                raise Rejected(Reason.BAD_FIELD, f"{field}: negative")
    for field in _SIGNED.get(kind, ()):
        amount = getattr(event, field)
        if amount is not None:
            _check_amount(field, amount)


def _check_amount(field: str, amount: Decimal) -> None:
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int):
        raise Rejected(Reason.BAD_FIELD, f"{field}: not a finite number")
    if exponent < -_MOST_DECIMALS or not -_LIMIT < amount < _LIMIT:
        raise Rejected(Reason.BAD_FIELD, f"{field}: not below 1e12 with at most {_MOST_DECIMALS} decimals")


def _check_nul(event: AnyEvent) -> None:
    for field in _fields_with_nul(event):
        raise Rejected(Reason.BAD_FIELD, f"{field}: holds NUL")


def _fields_with_nul(event: AnyEvent) -> Iterator[str]:
    return (field for field, value in asdict(event).items() if isinstance(value, str) and "\0" in value)


def _completed(event: AnyEvent) -> AnyEvent:
    """What follows from what the sender said: UTC, what an error code means, dollars of a dollar amount."""
    if event.at.tzinfo is not UTC:
        event = replace(event, at=event.at.astimezone(UTC))
    if type(event) is Message:
        event = _not_priced(event)
        if event.status in FAILED_STATUSES and event.error_class is ErrorClass.NONE:
            return replace(event, error_class=error_class(event.error_code))
    elif type(event) is Payment and event.amount_usd is None and event.currency.upper() == "USD":
        return replace(event, amount_usd=event.amount)
    return event


def _not_priced(event: Message) -> Message:
    """Without what a sender wrote into the fields that our price lists fill."""
    return event if _prices_of(event) == _NO_PRICES else replace(event, **_NOT_PRICED)
