"""Cost reports of OpenAI and Anthropic: buckets of a day, page after page. The two have the same shape."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol
from urllib.parse import urlencode

import msgspec

from exporter.billing.daily_sums import DailySums
from exporter.billing.token_categories import CATEGORIES
from exporter.config.provider_bills import OrganizationBill
from exporter.errors import Rejected
from exporter.ledger.bills import BilledAccount, BillLine
from exporter.rest_api import ApiError, RestApi, Sleep

log = logging.getLogger(__name__)

_MOST_PAGES = 1_000

Query = dict[str, str | int]


class Cost(NamedTuple):
    """What stands in a bucket, by a category of token_categories; the amount in units of the currency."""

    category: str
    amount: Decimal
    currency: str


class Bucket(Protocol):
    """The costs of a day, each still to be read."""

    results: list[msgspec.Raw]

    @property
    def day(self) -> date:
        """The day, UTC."""


class CostPage(msgspec.Struct, kw_only=True):
    """A page of a report."""

    data: Sequence[Bucket]
    has_more: bool = False
    next_page: str | None = None


class CostReport(ABC):
    """The bill of one organization, as a BillSource.

    Args:
        path: where the report is.
        page: what one page of it is.
        proofs: headers that say who asks, as RestApi takes them.
    """

    categories = CATEGORIES

    def __init__(
        self,
        provider: str,
        config: OrganizationBill,
        path: str,
        page: type[CostPage],
        proofs: Sequence[dict[str, str]],
        sleep: Sleep,
    ) -> None:
        self.of = BilledAccount(provider, config.account_alias)
        self.alias = config.account_alias
        self.tenant = config.tenant
        self.window_days = config.window_days
        self.lag_days = config.lag_days
        self._path = path
        self._page = msgspec.json.Decoder(page)
        self._api = RestApi(config.api_url, proofs, "admin_key and api_url", sleep)

    @abstractmethod
    def query(self, day_from: date, day_to: date) -> Query:
        """How to ask for the costs of these days, both included."""

    @abstractmethod
    def cost(self, result: bytes) -> Cost:
        """What a result says; raises Rejected where it cannot be read."""

    async def charges(self, day_from: date, day_to: date) -> list[BillLine]:
        """Every cost of these days; one that cannot be read is left out and logged.

        Raises:
            ApiError: the report cannot be read to its end.
        """
        sums = DailySums(day_from, day_to)
        async with aclosing(self._pages(self.query(day_from, day_to))) as pages:
            async for page in pages:
                for bucket in page.data:
                    self._add(sums, bucket)
        return sums.lines()

    def _add(self, sums: DailySums, bucket: Bucket) -> None:
        for raw in bucket.results:
            try:
                cost = self.cost(bytes(raw))
            except Rejected as rejected:
                log.warning("a cost of %s cannot be read: %s", self.of.provider, rejected.detail)
            else:
                sums.add(bucket.day, *cost)

    async def _pages(self, query: Query) -> AsyncGenerator[CostPage, None]:
        """The report from its first page to its last; raises ApiError where it has no end."""
        token: str | None = None
        async with self._api.session() as session:
            for _ in range(_MOST_PAGES):
                asked = query if token is None else {**query, "page": token}
                page = await self._api.read(session, f"{self._path}?{urlencode(asked)}", self._page)
                yield page
                if not page.has_more:
                    return
                if page.next_page is None or page.next_page == token:
                    break
                token = page.next_page
        raise ApiError("the report says that it has more, and not where")
