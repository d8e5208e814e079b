"""POST /webhooks/stripe: payments, refunds, disputes and the credits bought with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from pydantic import Field

from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, Account, Credit, Payment, Submission
from exporter.field_types import LabelName, PositiveS, Secret, Text, given_by, secrets
from exporter.sources.ledger_text import ledger_text
from exporter.sources.log_rule import LogRule
from exporter.sources.moment import from_epoch_s
from exporter.sources.money_unit import in_units
from exporter.sources.source import Batch, Parked, Request, SenderConfig, Source
from exporter.sources.strict_json import decode_body
from exporter.sources.stripe_money import Move, Thing, Unnamed, moves
from exporter.sources.stripe_signature import verify
from exporter.vocabulary import PaymentState

_EVENT = msgspec.json.Decoder(dict[str, Any])
_LARGEST_MINOR = 10**15
_LONGEST_NAME = 400
_is_tenant = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}").fullmatch
_is_currency = re.compile(r"[A-Za-z]{3}").fullmatch
_is_kind = re.compile(r"[a-z0-9_.]{1,64}").fullmatch
_is_count = re.compile(r"[0-9]{1,12}").fullmatch


class StripeConfig(SenderConfig):
    """Stripe's webhooks."""

    webhook_secret: Secret | None = given_by(
        "STRIPE_WEBHOOK_SECRET",
        "The secret of the endpoint, `whsec_…`; two separated by a comma while rotated.",
    )
    tolerance_s: PositiveS = Field(
        default=300, description="Seconds by which a signature may be older or newer than now."
    )
    livemode_only: bool = Field(
        default=True, description="Leave events of test mode out; they are acknowledged."
    )
    credits_metadata: Text = Field(
        default="credits", description="The metadata key that says how many credits a payment buys."
    )
    count_unnamed: list[Unnamed] = Field(
        default=[],
        description="Count `invoices` or `refunds` also where the event does not name the payment or refund.",
    )
    tenants: dict[str, LabelName] = Field(
        default={},
        description="Tenant by connected account; payments of no such account may have the metadata key `tenant`.",
    )

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """One endpoint."""
        return (Stripe(self),)


class Stripe(Source):
    """Stripe's webhooks.

    The key of a submission is the move of money, so that any events that tell of it, in any order, count once;
    credits have a key of their own, because not every such event carries their metadata. What moves no money is
    news about the account.
    """

    name = "stripe"
    paths = ("/webhooks/stripe",)
    takes = "charge.*, payment_intent.*, checkout.session.*, invoice.*, refund.*, charge.dispute.*"
    kinds = (Payment, Credit, Account)

    def __init__(self, config: StripeConfig) -> None:
        self._secrets = secrets(config.webhook_secret)
        self._config = config

    def read(self, request: Request) -> Batch:
        """Verify an event and turn it into payments, credits or news."""
        verify(self._secrets, request, self._config.tolerance_s)
        event = decode_body(_EVENT, request.body)
        batch = Batch([], [])
        if self._config.livemode_only and event.get("livemode") is False:
            return batch._replace(ignored=1)
        try:
            self._add(batch, event, request)
        except Rejected as rejected:
            batch.parked.append(Parked(0, rejected.reason, rejected.detail, request.body))
        return batch

    def _add(self, batch: Batch, event: Thing, request: Request) -> None:
        thing = _object(event)
        told = [move for move in moves(event, thing) if _minor(move) > 0]
        teller = _Teller(
            raw=request.body,
            at=from_epoch_s(event.get("created"), request.received_at),
            tenant=self._tenant(event, thing),
            user=ledger_text(_metadata(thing).get("user")) or _customer(thing),
        )
        counted = [
            move for move in told if move.unnamed is None or move.unnamed in self._config.count_unnamed
        ]
        batch.submissions.extend([teller.payment(move) for move in counted] or [teller.news(event)])
        bought = _metadata(thing).get(self._config.credits_metadata)
        if bought is not None:
            batch.submissions.extend(teller.credits(told, bought))

    def _tenant(self, event: Thing, thing: Thing) -> str:
        """A connected account writes the metadata of its payments itself, so it cannot name another tenant there."""
        account = event.get("account")
        if isinstance(account, str):
            return self._config.tenants.get(account, DEFAULT_TENANT)
        named = _metadata(thing).get("tenant")
        return named if isinstance(named, str) and _is_tenant(named) else DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class _Teller:
    """What every submission of one request shares."""

    raw: bytes
    at: datetime
    tenant: str
    user: str | None

    def payment(self, move: Move) -> Submission:
        currency = _currency(move)
        event = Payment(
            at=self.at,
            tenant=self.tenant,
            user=self.user,
            state=move.state,
            amount=in_units(_minor(move), currency),
            currency=currency,
            payment_id=ledger_text(move.payment),
        )
        return self._submission(event, f"{move.state}:{_name(move)}")

    def credits(self, told: list[Move], bought: object) -> Iterator[Submission]:
        for move in told:
            if move.state is PaymentState.SUCCEEDED:
                if not isinstance(bought, str) or not _is_count(bought):
                    raise Rejected(Reason.BAD_FIELD, "the metadata's credits are no whole number")
                event = Credit(at=self.at, tenant=self.tenant, user=self.user, bought=int(bought))
                yield self._submission(event, f"bought:{_name(move)}")

    def news(self, event: Thing) -> Submission:
        event_id, kind = ledger_text(event.get("id")), event.get("type")
        if event_id is None or not isinstance(kind, str):
            raise Rejected(Reason.MISSING_FIELD, "no id or no type")
        field = kind if _is_kind(kind) else "other"
        told = Account(at=self.at, tenant=self.tenant, provider="stripe", field=field, event_id=event_id)
        return self._submission(told, f"event:{event_id}")

    def _submission(self, event: Payment | Credit | Account, key: str) -> Submission:
        return Submission(Stripe.name, event, self.raw, key, across_tenants=True)


def _object(event: Thing) -> Thing:
    """The object that the event is about; thin events have none."""
    if event.get("object") == "v2.core.event":
        return {}
    data = event.get("data")
    thing = data.get("object") if isinstance(data, Mapping) else None
    if not isinstance(thing, Mapping):
        raise Rejected(Reason.MISSING_FIELD, "no data.object")
    return thing


def _metadata(thing: Thing) -> Thing:
    metadata = thing.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _customer(thing: Thing) -> str | None:
    customer = thing.get("customer")
    return ledger_text(customer.get("id") if isinstance(customer, Mapping) else customer)


def _minor(move: Move) -> int:
    if type(move.minor) is not int or not 0 <= move.minor <= _LARGEST_MINOR:
        raise Rejected(Reason.BAD_FIELD, "the amount is no whole number that money can be")
    return move.minor


def _currency(move: Move) -> str:
    if not isinstance(move.currency, str) or not _is_currency(move.currency):
        raise Rejected(Reason.BAD_FIELD, "the currency is not three letters")
    return move.currency.upper()


def _name(move: Move) -> str:
    name = ledger_text(move.name, _LONGEST_NAME)
    if name is None:
        raise Rejected(Reason.MISSING_FIELD, "no id of what moved")
    return name
