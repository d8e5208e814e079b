"""Anthropic's bill: the cost report of an organization.

Source: platform.claude.com/docs/en/api/admin-api/usage-cost/get-cost-report (2026-11): `amount` is a decimal string
in cents, days are those of UTC, at most 31 a page; `token_type` and `cost_type` are said when grouped by description.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import aclosing
from datetime import UTC, date, timedelta
from decimal import Decimal

import msgspec

from exporter.billing.cost_pages import CostPage, cost_pages
from exporter.billing.daily_sums import DailySums
from exporter.billing.money_text import currency_in, rounded
from exporter.billing.token_categories import CATEGORIES, OTHER
from exporter.config.provider_bills import AnthropicBill
from exporter.errors import Rejected
from exporter.event import Moment
from exporter.field_types import secrets
from exporter.ledger.bills import BilledAccount, BillLine
from exporter.rest_api import RestApi, Sleep
from exporter.sources.strict_json import decode_body

log = logging.getLogger(__name__)

PROVIDER = "anthropic"
_PATH = "/v1/organizations/cost_report"
_API_VERSION = "2023-06-01"
_PAGE_DAYS = 31
_CENTS = -2
_KINDS = {
    "uncached_input_tokens": "input",
    "cache_read_input_tokens": "cached_input",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write",
    "output_tokens": "output",
}


class _Bucket(msgspec.Struct):
    starting_at: Moment
    results: list[msgspec.Raw]


class _Page(CostPage, kw_only=True):
    data: list[_Bucket]


class _Result(msgspec.Struct):
    amount: Decimal
    currency: str
    token_type: str | None = None


_PAGE = msgspec.json.Decoder(_Page)
_RESULT = msgspec.json.Decoder(_Result)


class AnthropicCosts:
    """The bill of one organization, as a BillSource."""

    categories = CATEGORIES

    def __init__(self, config: AnthropicBill, sleep: Sleep = asyncio.sleep) -> None:
        self.of = BilledAccount(PROVIDER, config.account_alias)
        self.alias = config.account_alias
        self.tenant = config.tenant
        self.window_days = config.window_days
        self.lag_days = config.lag_days
        proofs = [
            {"x-api-key": key.decode(), "anthropic-version": _API_VERSION}
            for key in secrets(config.admin_key)
        ]
        self._api = RestApi(config.api_url, proofs, "admin_key and api_url", sleep)

    async def charges(self, day_from: date, day_to: date) -> list[BillLine]:
        """Every cost of these days; one that cannot be read is left out and logged.

        Raises:
            ApiError: the report cannot be read to its end.
        """
        sums = DailySums(day_from, day_to)
        query: dict[str, str | int] = {
            "starting_at": f"{day_from}T00:00:00Z",
            "ending_at": f"{day_to + timedelta(days=1)}T00:00:00Z",
            "bucket_width": "1d",
            "group_by[]": "description",
            "limit": _PAGE_DAYS,
        }
        async with aclosing(cost_pages(self._api, _PATH, query, _PAGE)) as pages:
            async for page in pages:
                for bucket in page.data:
                    _add(sums, bucket.starting_at.astimezone(UTC).date(), bucket.results)
        return sums.lines()


def _add(sums: DailySums, day: date, results: Iterable[msgspec.Raw]) -> None:
    for raw in results:
        try:
            result = decode_body(_RESULT, bytes(raw))
            amount = rounded("amount", result.amount, _CENTS)
            currency = currency_in("currency", result.currency)
        except Rejected as rejected:
            log.warning("a cost of %s cannot be read: %s", PROVIDER, rejected.detail)
        else:
            sums.add(day, _KINDS.get(result.token_type or "", OTHER), amount, currency)
