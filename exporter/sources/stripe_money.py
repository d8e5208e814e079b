"""Which move of money a Stripe event tells: several events tell the same one.

A move is named by what moved, not by the event: a payment by its payment intent (else its charge), a failed attempt
by its charge, a refund and a dispute by their own ids. `invoice.paid` and `charge.refunded` name no payment and no
refund in newer API versions (2025-03-31 and 2022-11-15 on); such a move is marked, for the operator to decide.

Source: docs.stripe.com/api/events/types and the objects that they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from exporter.vocabulary import PaymentState

Thing = Mapping[str, Any]
Unnamed = Literal["invoices", "refunds"]

_SUCCEEDED, _FAILED = PaymentState.SUCCEEDED, PaymentState.FAILED
_REFUNDED, _DISPUTED = PaymentState.REFUNDED, PaymentState.DISPUTED

_MOST_LISTED = 100  # Stripe lists ten


class Move(NamedTuple):
    """One move of money, as an event tells it.

    Attributes:
        name: what moved; the same in every event that tells of it. Not yet checked, like the money.
        payment: the payment that it belongs to.
        minor, currency: the money as Stripe writes it.
        unnamed: why another event may tell the same move under another name.
    """

    state: PaymentState
    name: object
    payment: object
    minor: object
    currency: object
    unnamed: Unnamed | None = None


def moves(event: Thing, thing: Thing) -> list[Move]:
    """Every move that an event tells of its object; none where no money moved."""
    kind = str(event.get("type"))
    if kind.startswith("charge.dispute."):
        return list(_dispute(event, thing))
    tell = _TELLERS.get(kind)
    return [] if tell is None else list(tell(event, thing))


def _charge(event: Thing, thing: Thing) -> Iterator[Move]:
    """A charge that is not captured is a promise, and `charge.captured` keeps it."""
    if thing.get("captured") is not False:
        payment = _id(thing.get("payment_intent")) or thing.get("id")
        minor = thing.get("amount_captured", thing.get("amount"))
        yield Move(_SUCCEEDED, payment, payment, minor, thing.get("currency"))


def _intent(event: Thing, thing: Thing) -> Iterator[Move]:
    payment = thing.get("id")
    yield Move(_SUCCEEDED, payment, payment, thing.get("amount_received"), thing.get("currency"))


def _session(event: Thing, thing: Thing) -> Iterator[Move]:
    if thing.get("payment_status") == "paid":
        yield from _bill(thing, thing.get("amount_total"), _id(thing.get("invoice")))


def _invoice(event: Thing, thing: Thing) -> Iterator[Move]:
    yield from _bill(thing, thing.get("amount_paid"), thing.get("id"))


def _bill(thing: Thing, minor: object, bill: object) -> Iterator[Move]:
    """What was paid for: named by its payment where it says that, else by itself."""
    payment = _id(thing.get("payment_intent")) or _id(thing.get("charge"))
    unnamed: Unnamed | None = None if payment else "invoices"
    yield Move(_SUCCEEDED, payment or bill, payment or bill, minor, thing.get("currency"), unnamed)


def _invoice_payment(event: Thing, thing: Thing) -> Iterator[Move]:
    paid_by = thing.get("payment")
    if isinstance(paid_by, Mapping):
        ids = map(_id, map(paid_by.get, ("payment_intent", "charge", "payment_record")))
        payment = next(filter(None, ids), None)
        yield Move(_SUCCEEDED, payment, payment, thing.get("amount_paid"), thing.get("currency"))


def _failed_charge(event: Thing, thing: Thing) -> Iterator[Move]:
    payment = _id(thing.get("payment_intent")) or thing.get("id")
    yield Move(_FAILED, thing.get("id"), payment, thing.get("amount"), thing.get("currency"))


def _failed_intent(event: Thing, thing: Thing) -> Iterator[Move]:
    """An attempt that ended before there was a charge is told by this event only."""
    error = thing.get("last_payment_error")
    charge = _id(error.get("charge")) if isinstance(error, Mapping) else None
    yield Move(
        _FAILED, charge or event.get("id"), thing.get("id"), thing.get("amount"), thing.get("currency")
    )


def _failed_invoice(event: Thing, thing: Thing) -> Iterator[Move]:
    charge = _id(thing.get("charge"))
    name = charge or f"{thing.get('id')}:{thing.get('attempt_count')}"
    minor, currency = thing.get("amount_due"), thing.get("currency")
    yield Move(_FAILED, name, thing.get("id"), minor, currency, None if charge else "invoices")


def _refund(event: Thing, thing: Thing) -> Iterator[Move]:
    """A refund counts once it has succeeded: one that is pending may still fail."""
    if thing.get("status") == "succeeded":
        payment = _id(thing.get("payment_intent")) or _id(thing.get("charge"))
        yield Move(_REFUNDED, thing.get("id"), payment, thing.get("amount"), thing.get("currency"))


def _refunded_charge(event: Thing, thing: Thing) -> Iterator[Move]:
    """The refunds that the charge lists; without a list, what its running sum has grown by."""
    refunds = thing.get("refunds")
    listed = refunds.get("data") if isinstance(refunds, Mapping) else None
    if isinstance(listed, list) and listed:
        for refund in listed[:_MOST_LISTED]:
            if isinstance(refund, Mapping):
                yield from _refund(event, refund)
        return
    payment = _id(thing.get("payment_intent")) or thing.get("id")
    total, before = thing.get("amount_refunded"), _previous(event).get("amount_refunded", 0)
    grown = total - before if type(total) is int and type(before) is int else total
    name = f"{thing.get('id')}:{total}" if type(total) is int else None
    yield Move(_REFUNDED, name, payment, grown, thing.get("currency"), "refunds")


def _dispute(event: Thing, thing: Thing) -> Iterator[Move]:
    """An inquiry (`warning_…`) and a dispute that was prevented took no money."""
    status = thing.get("status")
    if isinstance(status, str) and not status.startswith(("warning_", "prevented")):
        payment = _id(thing.get("payment_intent")) or _id(thing.get("charge"))
        yield Move(_DISPUTED, thing.get("id"), payment, thing.get("amount"), thing.get("currency"))


def _id(value: object) -> str | None:
    """The id of an object that may stand there whole."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) and found else None


def _previous(event: Thing) -> Thing:
    data = event.get("data")
    previous = data.get("previous_attributes") if isinstance(data, Mapping) else None
    return previous if isinstance(previous, Mapping) else {}


_TELLERS: dict[str, Callable[[Thing, Thing], Iterator[Move]]] = {
    "charge.succeeded": _charge,
    "charge.captured": _charge,
    "payment_intent.succeeded": _intent,
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "invoice.paid": _invoice,
    "invoice.payment_succeeded": _invoice,
    "invoice_payment.paid": _invoice_payment,
    "charge.failed": _failed_charge,
    "payment_intent.payment_failed": _failed_intent,
    "invoice.payment_failed": _failed_invoice,
    "charge.refunded": _refunded_charge,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
}
