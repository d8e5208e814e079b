"""Prices that Twilio's list of messages states, as they arrive: at once, a day later, or never."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from exporter.billing.bill_source import USD, ledger_source
from exporter.billing.money_text import amount_in, currency_in
from exporter.billing.settlement import Bounds, UnsettledSums
from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, AnyEvent, Charge, Message, Submission
from exporter.ledger.append import Price, unpriced
from exporter.ledger.bills import BilledAccount
from exporter.ledger.ledger import Ledger
from exporter.ledger.parking import ParkedEvent
from exporter.pricing.cost import ZERO_USD
from exporter.reconcile.messages_api import message_pages
from exporter.reconcile.twilio_api import TwilioApi
from exporter.rest_api import Sleep
from exporter.sources.moment import is_plausible
from exporter.sources.strict_json import decode_body
from exporter.sources.twilio import Twilio, TwilioConfig
from exporter.sources.twilio_json import resource_report, rfc_2822
from exporter.sources.twilio_message import MessageReader
from exporter.vocabulary import Component, Status

log = logging.getLogger(__name__)

_PAGE_MESSAGES = 1_000
_ROW = msgspec.json.Decoder(dict[str, Any])
_SOURCE = ledger_source(Twilio.name)


class _Listed(NamedTuple):
    """A message of the list; `price_usd` is None while it has no price in dollars, `stated` is Twilio's text."""

    message: Message
    message_id: str
    at: datetime
    price_usd: Decimal | None
    stated: str | None


class _Look:
    """What one look at the list has found so far."""

    def __init__(self) -> None:
        self.waiting = UnsettledSums()
        self.unknown = 0


class MessagePrices:
    """Looks at the list of messages for prices.

    A price becomes an event once: its key is the message's id. A carrier's fee is inside the price of its message.

    Args:
        price: puts our own estimate into a message, for the bounds of what is not settled yet.
    """

    def __init__(
        self,
        config: Callable[[], TwilioConfig],
        ledger: Ledger,
        *,
        price: Price = unpriced,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._price = price
        self._now = now
        self._sleep = sleep

    async def run(self) -> None:
        """Look once at all of the window.

        Raises:
            ApiError: the list cannot be read to its end; prices read before count, the unsettled stay as they were.
            LedgerUnavailable: the next look finds the same again.
        """
        config, now, look = self._config(), self._now(), _Look()
        reader = MessageReader(config.tenants, config.senders)
        api = TwilioApi(config, config.bills.api_url, self._sleep)
        since = now - timedelta(days=config.bills.window_days)
        async with aclosing(message_pages(api, since, now, _PAGE_MESSAGES)) as pages:
            async for page in pages:
                await self._take(page, reader, now, look, config.bills.account_alias)
        account = BilledAccount(Twilio.name, config.account_sid or "")
        await self._ledger.bills.replace_unsettled(account, look.waiting.all())
        if look.unknown:
            log.warning("%d messages have neither a price in USD nor an estimate", look.unknown)

    async def _take(
        self, page: list[bytes], reader: MessageReader, now: datetime, look: _Look, alias: str
    ) -> None:
        listed: list[_Listed] = []
        unusable: list[ParkedEvent] = []
        for raw in page:
            try:
                listed.append(_read(raw, reader, now))
            except Rejected as rejected:
                unusable.append(_parked(rejected.reason, rejected.detail, raw))
        await self._ledger.park(unusable)
        known = await self._ledger.steps_seen(Twilio.name, [row.message_id for row in listed])
        tenants = {message_id: steps.tenant for message_id, steps in known.items()}
        await self._ledger.append(list(self._charges(listed, tenants, look, alias)))

    def _charges(
        self, listed: list[_Listed], tenants: Mapping[str, str], look: _Look, alias: str
    ) -> Iterator[Submission]:
        """The prices that are known, each for the tenant that its message has in the ledger."""
        for row in listed:
            tenant = tenants.get(row.message_id, row.message.tenant)
            if row.price_usd is None:
                self._wait_for(row.message, tenant, look)
            else:
                yield _charge(row, row.price_usd, tenant, alias)

    def _wait_for(self, message: Message, tenant: str, look: _Look) -> None:
        """A message that costs nothing as it stands, such as one that is queued, gets no estimate and is no gap."""
        priced = self._price(message)
        bounds = _bounds(priced)
        if bounds is not None:
            look.waiting.add(tenant, message.channel, bounds)
        elif isinstance(priced, Message) and priced.unpriced:
            look.unknown += 1


def _read(raw: bytes, reader: MessageReader, now: datetime) -> _Listed:
    row = decode_body(_ROW, raw)
    report = resource_report(row, now)
    message = reader.message(report.fields, report.at or now)
    sent_at = rfc_2822(row.get("date_sent")) or rfc_2822(row.get("date_created"))
    at = sent_at if sent_at and is_plausible(sent_at, now) else message.at
    return _Listed(message, report.fields["MessageSid"], at, _price_usd(row), row.get("price"))


def _price_usd(row: dict[str, Any]) -> Decimal | None:
    """The list writes a charge as a negative number."""
    price = amount_in("price", row.get("price"))
    if price is None or currency_in("price_unit", row.get("price_unit")) != USD:
        return None
    if price > 0:
        raise Rejected(Reason.BAD_FIELD, "price: a credit")
    return price.copy_negate() if price else ZERO_USD


def _charge(row: _Listed, price_usd: Decimal, tenant: str, alias: str) -> Submission:
    failed = row.message.status is Status.FAILED
    event = Charge(
        at=row.at,
        tenant=tenant,
        provider=Twilio.name,
        channel=row.message.channel,
        basis="provider",
        component=Component.FAILURE_FEE if failed else Component.MESSAGE,
        account=alias,
        message_id=row.message_id,
        amount_usd=price_usd,
    )
    raw = msgspec.json.encode({"sid": row.message_id, "price": row.stated, "price_unit": USD})
    return Submission(_SOURCE, event, raw, f"price:{row.message_id}", across_tenants=True)


def _bounds(estimated: AnyEvent) -> Bounds | None:
    if not isinstance(estimated, Message):
        return None
    if estimated.low_usd is not None and estimated.high_usd is not None:
        return Bounds(estimated.low_usd, estimated.high_usd)
    return None if estimated.cost_usd is None else Bounds(estimated.cost_usd, estimated.cost_usd)


def _parked(reason: Reason, detail: str, raw: bytes) -> ParkedEvent:
    return ParkedEvent(DEFAULT_TENANT, _SOURCE, reason, detail, raw)
