"""OpenAI's bill: the costs of an organization.

Source: developers.openai.com/api/reference, GET /v1/organization/costs (2026-11): buckets of a UTC day, at most 180 a
page, `amount.value` in units of `amount.currency`. What `line_item` looks like is not documented: bills of 2026 have
`gpt-5.4-2026-03-05, cached input`, `gpt-audio-mini audio, input`, `priority | gpt-5.6, output, long context` and
`web search tool calls`. What is not understood is counted as `other`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from exporter.billing.cost_pages import CostPage, cost_pages
from exporter.billing.daily_sums import DailySums, EpochS, epoch_s
from exporter.billing.money_text import currency_in, rounded
from exporter.billing.token_categories import CATEGORIES, OTHER
from exporter.config.provider_bills import OpenAiBill
from exporter.errors import Rejected
from exporter.field_types import secrets
from exporter.ledger.bills import BilledAccount, BillLine
from exporter.rest_api import RestApi, Sleep
from exporter.sources.strict_json import decode_body

log = logging.getLogger(__name__)

PROVIDER = "openai"
_PATH = "/v1/organization/costs"
_PAGE_DAYS = 180
_KINDS = {"input": "input", "cached input": "cached_input", "output": "output"}
_AUDIO = {"input": "input_audio", "output": "output_audio"}


class _Bucket(msgspec.Struct):
    start_time: EpochS
    results: list[msgspec.Raw]


class _Page(CostPage, kw_only=True):
    data: list[_Bucket]


class _Amount(msgspec.Struct):
    value: Decimal
    currency: str


class _Result(msgspec.Struct):
    amount: _Amount
    line_item: str | None = None


_PAGE = msgspec.json.Decoder(_Page)
_RESULT = msgspec.json.Decoder(_Result)


class OpenAiCosts:
    """The bill of one organization, as a BillSource."""

    categories = CATEGORIES

    def __init__(self, config: OpenAiBill, sleep: Sleep = asyncio.sleep) -> None:
        self.of = BilledAccount(PROVIDER, config.account_alias)
        self.alias = config.account_alias
        self.tenant = config.tenant
        self.window_days = config.window_days
        self.lag_days = config.lag_days
        proofs = [{"Authorization": f"Bearer {key.decode()}"} for key in secrets(config.admin_key)]
        self._api = RestApi(config.api_url, proofs, "admin_key and api_url", sleep)

    async def charges(self, day_from: date, day_to: date) -> list[BillLine]:
        """Every cost of these days; one that cannot be read is left out and logged.

        Raises:
            ApiError: the costs cannot be read to their end.
        """
        sums = DailySums(day_from, day_to)
        query: dict[str, str | int] = {
            "start_time": epoch_s(day_from),
            "end_time": epoch_s(day_to + timedelta(days=1)),
            "bucket_width": "1d",
            "group_by[]": "line_item",
            "limit": _PAGE_DAYS,
        }
        async with aclosing(cost_pages(self._api, _PATH, query, _PAGE)) as pages:
            async for page in pages:
                for bucket in page.data:
                    _add(sums, datetime.fromtimestamp(bucket.start_time, UTC).date(), bucket.results)
        return sums.lines()


def _add(sums: DailySums, day: date, results: Iterable[msgspec.Raw]) -> None:
    for raw in results:
        try:
            result = decode_body(_RESULT, bytes(raw))
            amount = rounded("amount.value", result.amount.value)
            currency = currency_in("amount.currency", result.amount.currency)
        except Rejected as rejected:
            log.warning("a cost of %s cannot be read: %s", PROVIDER, rejected.detail)
        else:
            sums.add(day, kind_of(result.line_item or ""), amount, currency)


def kind_of(line_item: str) -> str:
    """The kind of token that a line of the bill is about."""
    subject, *words = (word.strip() for word in line_item.lower().split(","))
    kind = next((word for word in words if word in _KINDS), "")
    if subject.endswith(" audio") and kind in _AUDIO:
        return _AUDIO[kind]
    return _KINDS.get(kind, OTHER)
