"""OpenAI's bill: the costs of an organization.

Source: developers.openai.com/api/reference, GET /v1/organization/costs (2026-11): buckets of a UTC day, at most 180 a
page, `amount.value` in units of `amount.currency`. What `line_item` looks like is not documented: bills of 2026 have
`gpt-5.4-2026-03-05, cached input`, `gpt-audio-mini audio, input`, `priority | gpt-5.6, output, long context` and
`web search tool calls`. What is not understood is counted as `other`.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from exporter.billing.cost_report import Cost, CostPage, CostReport, Query
from exporter.billing.daily_sums import EpochS, epoch_s
from exporter.billing.money_text import currency_in, rounded
from exporter.billing.token_categories import OTHER
from exporter.config.provider_bills import OpenAiBill
from exporter.field_types import secrets
from exporter.rest_api import Sleep
from exporter.sources.strict_json import decode_body

PROVIDER = "openai"
_PATH = "/v1/organization/costs"
_PAGE_DAYS = 180
_KINDS = {"input": "input", "cached input": "cached_input", "output": "output"}
_AUDIO = {"input": "input_audio", "output": "output_audio"}


class _Bucket(msgspec.Struct):
    start_time: EpochS
    results: list[msgspec.Raw]

    @property
    def day(self) -> date:
        return datetime.fromtimestamp(self.start_time, UTC).date()


class _Page(CostPage, kw_only=True):
    data: list[_Bucket]


class _Amount(msgspec.Struct):
    value: Decimal
    currency: str


class _Result(msgspec.Struct):
    amount: _Amount
    line_item: str | None = None


_RESULT = msgspec.json.Decoder(_Result)


class OpenAiCosts(CostReport):
    """The bill of one organization, as a BillSource."""

    def __init__(self, config: OpenAiBill, sleep: Sleep = asyncio.sleep) -> None:
        proofs = [{"Authorization": f"Bearer {key.decode()}"} for key in secrets(config.admin_key)]
        super().__init__(PROVIDER, config, _PATH, _Page, proofs, sleep)

    def query(self, day_from: date, day_to: date) -> Query:
        """Days as seconds since 1970; the last is not included."""
        return {
            "start_time": epoch_s(day_from),
            "end_time": epoch_s(day_to + timedelta(days=1)),
            "bucket_width": "1d",
            "group_by[]": "line_item",
            "limit": _PAGE_DAYS,
        }

    def cost(self, result: bytes) -> Cost:
        """By the line of the bill that it is part of."""
        read = decode_body(_RESULT, result)
        amount = rounded("amount.value", read.amount.value)
        currency = currency_in("amount.currency", read.amount.currency)
        return Cost(kind_of(read.line_item or ""), amount, currency)


def kind_of(line_item: str) -> str:
    """The kind of token that a line of the bill is about."""
    subject, *words = (word.strip() for word in line_item.lower().split(","))
    kind = next((word for word in words if word in _KINDS), "")
    if subject.endswith(" audio") and kind in _AUDIO:
        return _AUDIO[kind]
    return _KINDS.get(kind, OTHER)
