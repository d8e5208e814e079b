"""Meta's charges for WhatsApp: the pricing analytics of a WhatsApp Business Account.

Source: developers.facebook.com, WhatsApp Business Platform, Analytics (updated 2026-02-12), and Graph API reference,
whats-app-business-account/pricing_analytics (v25.0): `fields=pricing_analytics.start().end().granularity().…`, answered
as `pricing_analytics.data[].data_points[]` with `start`, `end`, `pricing_category`, `volume` and `cost`, in the
account's currency. Meta calls the costs approximate: the invoice may differ.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import msgspec

from exporter.billing.bill_source import Category
from exporter.billing.daily_sums import DailySums, EpochS, epoch_s
from exporter.billing.money_text import currency_in, rounded
from exporter.config.provider_bills import WhatsAppBill
from exporter.errors import Rejected
from exporter.field_types import secrets
from exporter.ledger.bills import BilledAccount, BillLine
from exporter.rest_api import ApiError, RestApi, Sleep
from exporter.sources.strict_json import decode_body
from exporter.vocabulary import Channel, Component

log = logging.getLogger(__name__)

PROVIDER = "whatsapp"
_DAY = timedelta(days=1)
_HALF_A_DAY_S = 43_200
_MOST_PAGES = 1_000
_MESSAGES = Category("messages", Channel.WHATSAPP, Component.MESSAGE)
_OTHER = "other"
_NAMES = (
    "marketing",
    "marketing_lite",
    "utility",
    "authentication",
    "authentication_international",
    "service",
    "group_marketing",
    "group_utility",
    "group_service",
    "ai_bot",
    _OTHER,
)


class _Paging(msgspec.Struct, frozen=True):
    next: str | None = None


class _Group(msgspec.Struct):
    data_points: list[msgspec.Raw] = []


class _Analytics(msgspec.Struct, frozen=True):
    data: list[_Group] = []
    paging: _Paging = _Paging()


class _Account(msgspec.Struct):
    """An account without traffic has no analytics."""

    currency: str
    pricing_analytics: _Analytics = _Analytics()


class _Point(msgspec.Struct):
    start: EpochS
    pricing_category: str | None = None
    cost: Decimal | None = None


_ACCOUNT = msgspec.json.Decoder(_Account)
_NEXT = msgspec.json.Decoder(_Analytics)
_POINT = msgspec.json.Decoder(_Point)


class MetaPricing:
    """What Meta charges one WhatsApp Business Account, as a BillSource."""

    categories = dict.fromkeys(_NAMES, _MESSAGES)

    def __init__(self, config: WhatsAppBill, sleep: Sleep = asyncio.sleep) -> None:
        self._account = config.business_account_id or ""
        self.of = BilledAccount(PROVIDER, self._account)
        self.alias = config.account_alias
        self.tenant = config.tenant
        self.window_days = config.window_days
        self.lag_days = config.lag_days
        self._path = f"/{config.graph_version}/{self._account}"
        proofs = [{"Authorization": f"Bearer {token.decode()}"} for token in secrets(config.access_token)]
        self._api = RestApi(config.api_url, proofs, "business_account_id, access_token and api_url", sleep)

    async def charges(self, day_from: date, day_to: date) -> list[BillLine]:
        """What these days cost; a data point that cannot be read is left out and logged.

        Raises:
            ApiError: the analytics cannot be read to their end.
        """
        sums = DailySums(day_from, day_to)
        async with aclosing(self._pages(day_from, day_to)) as pages:
            async for currency, page in pages:
                for group in page.data:
                    _add(sums, currency, group.data_points)
        return sums.lines()

    async def _pages(self, day_from: date, day_to: date) -> AsyncGenerator[tuple[str, _Analytics], None]:
        """One day more at each end: days are those of the account's time zone, and each is asked for whole."""
        analytics = (
            f"pricing_analytics.start({epoch_s(day_from - _DAY)}).end({epoch_s(day_to + 2 * _DAY)})"
            ".granularity(DAILY).metric_types(['COST']).dimensions(['PRICING_CATEGORY'])"
        )
        query = urlencode({"fields": f"currency,{analytics}"})
        async with self._api.session() as session:
            account = await self._api.read(session, f"{self._path}?{query}", _ACCOUNT)
            page = account.pricing_analytics
            yield account.currency, page
            for _ in range(_MOST_PAGES):
                if page.paging.next is None:
                    return
                page = await self._api.read(session, self._api.path_of(page.paging.next), _NEXT)
                yield account.currency, page
        raise ApiError("the analytics have no end")


def _add(sums: DailySums, currency: str, points: Iterable[msgspec.Raw]) -> None:
    for raw in points:
        try:
            point = decode_body(_POINT, bytes(raw))
            cost = None if point.cost is None else rounded("cost", point.cost)
            unit = currency_in("currency", currency)
        except Rejected as rejected:
            log.warning("a data point of %s cannot be read: %s", PROVIDER, rejected.detail)
        else:
            if cost is not None:
                sums.add(_day_of(point.start), _category_of(point.pricing_category), cost, unit)


def _day_of(start_s: int) -> date:
    """The day in whose middle, UTC, the account's own day has its middle within half a day."""
    return datetime.fromtimestamp(start_s + _HALF_A_DAY_S, UTC).date()


def _category_of(name: str | None) -> str:
    lower = (name or "").lower()
    return lower if lower in _NAMES else _OTHER
