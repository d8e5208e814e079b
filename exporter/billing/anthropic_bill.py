"""Anthropic's bill: the cost report of an organization.

Source: platform.claude.com/docs/en/api/admin-api/usage-cost/get-cost-report (2026-11): `amount` is a decimal string
in cents, days are those of UTC, at most 31 a page; `token_type` and `cost_type` are said when grouped by description.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, timedelta
from decimal import Decimal

import msgspec

from exporter.billing.cost_report import Cost, CostPage, CostReport, Query
from exporter.billing.money_text import currency_in, rounded
from exporter.billing.token_categories import OTHER
from exporter.config.provider_bills import AnthropicBill
from exporter.event import Moment
from exporter.field_types import secrets
from exporter.rest_api import Sleep
from exporter.sources.strict_json import decode_body

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

    @property
    def day(self) -> date:
        return self.starting_at.astimezone(UTC).date()


class _Page(CostPage, kw_only=True):
    data: list[_Bucket]


class _Result(msgspec.Struct):
    amount: Decimal
    currency: str
    token_type: str | None = None


_RESULT = msgspec.json.Decoder(_Result)


class AnthropicCosts(CostReport):
    """The bill of one organization, as a BillSource."""

    def __init__(self, config: AnthropicBill, sleep: Sleep = asyncio.sleep) -> None:
        proofs = [
            {"x-api-key": key.decode(), "anthropic-version": _API_VERSION}
            for key in secrets(config.admin_key)
        ]
        super().__init__(PROVIDER, config, _PATH, _Page, proofs, sleep)

    def query(self, day_from: date, day_to: date) -> Query:
        """Days as times; the last is not included."""
        return {
            "starting_at": f"{day_from}T00:00:00Z",
            "ending_at": f"{day_to + timedelta(days=1)}T00:00:00Z",
            "bucket_width": "1d",
            "group_by[]": "description",
            "limit": _PAGE_DAYS,
        }

    def cost(self, result: bytes) -> Cost:
        """By its type of token."""
        read = decode_body(_RESULT, result)
        amount = rounded("amount", read.amount, _CENTS)
        return Cost(_KINDS.get(read.token_type or "", OTHER), amount, currency_in("currency", read.currency))
