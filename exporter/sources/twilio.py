"""POST /webhooks/twilio: status callbacks and inbound messages of SMS, MMS, WhatsApp, RCS and Messenger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from exporter.errors import Rejected
from exporter.event import DEFAULT_TENANT, Engagement, Message, Submission
from exporter.field_types import (
    CountryCode,
    Days,
    LabelName,
    Origin,
    PositiveS,
    Secret,
    Section,
    Text,
    given_by,
    secrets,
)
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch, Parked, Reply, Request, SenderConfig, Source, Stored
from exporter.sources.twilio_bills import BillsConfig
from exporter.sources.twilio_json import Report, pieces, webhook_report
from exporter.sources.twilio_message import MessageReader, engagements
from exporter.sources.twilio_signature import is_form, verified_form

_EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
_is_tenant = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}").fullmatch


class ReconcileConfig(Section):
    """A regular look at Twilio's list of messages, for callbacks that never came."""

    enabled: bool = Field(default=False, description="Whether to look; needs account_sid and auth_token.")
    interval_s: PositiveS = Field(default=3_600, description="Seconds between looks.")
    window_days: Annotated[Days, Field(le=30)] = Field(default=2, description="Days that a look goes back.")
    settle_s: PositiveS = Field(
        default=900, description="Seconds that a message must be unchanged; its callback may still come."
    )
    page_messages: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=1_000, description="Messages read at a time."
    )
    api_url: Origin = Field(default="https://api.twilio.com", description="Where Twilio's API answers.")


class PricesConfig(Section):
    """Twilio's price lists of SMS, fetched for each country in use."""

    enabled: bool = Field(default=False, description="Whether to fetch; needs account_sid and auth_token.")
    interval_s: PositiveS = Field(
        default=86_400, description="Seconds between fetches of one country's list."
    )
    api_url: Origin = Field(
        default="https://pricing.twilio.com", description="Where Twilio's Pricing API answers."
    )
    account: LabelName = Field(
        default="default", description="Alias of the account whose prices these are; a label."
    )
    countries: list[CountryCode] = Field(
        default=[], description="Countries to fetch beside those that messages of the last 30 days name."
    )
    all_countries: bool = Field(default=False, description="Fetch every country that Twilio has a list for.")
    tier: Literal["current", "base"] = Field(
        default="current", description="Which price counts: `current` with your discount, `base` without it."
    )
    carrier_fees: Text | None = Field(
        default=None, description="CSV file of what carriers charge on top; the Pricing API leaves it out."
    )


class TwilioConfig(SenderConfig):
    """Twilio's webhooks: status callbacks and inbound messages."""

    account_sid: Text | None = given_by("TWILIO_ACCOUNT_SID", "The account whose traffic this is.")
    auth_token: Secret | None = given_by(
        "TWILIO_AUTH_TOKEN", "The secret that Twilio signs with; two separated by a comma while rotated."
    )
    tenants: dict[str, LabelName] = Field(
        default={}, description="Tenant by account, messaging service or sender; others are `default`."
    )
    senders: dict[str, LabelName] = Field(
        default={}, description="Alias by messaging service or sender; others have none."
    )
    reconcile: ReconcileConfig = Field(default=ReconcileConfig(), description=ReconcileConfig.__doc__)
    bills: BillsConfig = Field(default=BillsConfig(), description=BillsConfig.__doc__)

    prices: PricesConfig = Field(default=PricesConfig(), description=PricesConfig.__doc__)

    @model_validator(mode="after")
    def _can_ask(self) -> Self:
        asking = [name for name in ("reconcile", "prices", "bills") if getattr(self, name).enabled]
        if asking and not ((self.account_sid or "").isalnum() and self.auth_token):
            raise ValueError(f"{asking[0]} needs account_sid, letters and digits only, and auth_token")
        return self

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """One endpoint."""
        return (Twilio(self),)


class Twilio(Source):
    """Twilio's messaging webhooks; a form carries no time of its own, so `at` is when we received it.

    The key of a form's submission is the signature itself. Twilio glues names and values together without
    separators before it signs, so a captured request can be split anew into other names and values that the
    same signature proves; keyed by its signature, no such copy can become a second row. JSON is signed by its
    hash and cannot be split; its steps have (message, status) as their key.
    """

    name = "twilio"
    paths = ("/webhooks/twilio", "/webhooks/twilio/{rest:.*}")
    takes = "status callbacks, incoming messages, opt-outs, Event Streams of messaging"
    kinds = (Message, Engagement)
    routes = (("sms", "twilio"), ("mms", "twilio"), ("whatsapp", "twilio"))
    url_fragment = "#rc=5&rp=ct,rt,5xx"

    def __init__(self, config: TwilioConfig) -> None:
        self._tokens = secrets(config.auth_token)
        self._reader = MessageReader(config.tenants, config.senders)

    def read(self, request: Request) -> Batch:
        """Verify a request and turn it into message steps, with engagements beside them."""
        pairs, signature = verified_form(self._tokens, request)
        form = is_form(request)
        batch, ignored = Batch([], []), 0
        for index, piece in enumerate([request.body] if form else pieces(request.body)):
            try:
                report = Report(dict(pairs)) if form else webhook_report(piece, request.received_at)
                if report is None:
                    ignored += 1
                else:
                    key = signature if form else None
                    batch.submissions.extend(self._submissions(report, request, piece, key))
            except Rejected as rejected:
                batch.parked.append(Parked(index, rejected.reason, rejected.detail, piece))
        return batch._replace(ignored=ignored)

    def answer(self, request: Request, stored: Stored) -> Reply:
        """TwiML that does nothing: Twilio would read anything else as a reply to the customer."""
        return Reply(200, _EMPTY_TWIML, "text/xml")

    def _submissions(
        self, report: Report, request: Request, raw: bytes, signature: str | None
    ) -> Iterator[Submission]:
        at = report.at or request.received_at
        message = self._reader.message(
            report.fields, at, _named_tenant(request), at_arrival=report.at is None
        )
        yield Submission(self.name, message, raw, signature, across_tenants=True)
        for engagement in engagements(message, report.fields):
            key = f"{signature or message.message_id}:{engagement.action}"
            yield Submission(self.name, engagement, raw, key, across_tenants=True)


def _named_tenant(request: Request) -> str | None:
    """The tenant that the signed URL names; a name that cannot be a label is the default."""
    named = request.query.get("tenant")
    if named is None or _is_tenant(named):
        return named
    return DEFAULT_TENANT
