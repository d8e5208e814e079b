"""Twilio's bill: Usage Records by day.

Source: twilio.com/docs/usage/api/usage-record. Days are those of GMT; numbers are strings and `price` is positive.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import aclosing
from datetime import date
from urllib.parse import urlencode

import msgspec

from exporter.billing.money_text import amount_in, currency_in
from exporter.billing.twilio_categories import CATEGORIES, TOTAL
from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, Name
from exporter.ledger.bills import BilledAccount, BillLine
from exporter.reconcile.twilio_api import Page, TwilioApi
from exporter.rest_api import Sleep
from exporter.sources.ledger_text import ledger_text
from exporter.sources.strict_json import decode_body
from exporter.sources.twilio import Twilio, TwilioConfig

log = logging.getLogger(__name__)

_PAGE_RECORDS = 1_000


class _RecordsPage(Page, kw_only=True):
    usage_records: list[msgspec.Raw]


class _Record(msgspec.Struct):
    category: Name
    start_date: date
    end_date: date
    price: str | None = None
    price_unit: str | None = None
    usage: str | None = None


_PAGE = msgspec.json.Decoder(_RecordsPage)
_RECORD = msgspec.json.Decoder(_Record)


class UsageRecords:
    """The bill of the configured account, as a BillSource."""

    categories = CATEGORIES

    def __init__(self, config: TwilioConfig, sleep: Sleep = asyncio.sleep) -> None:
        account_sid = config.account_sid or ""
        self.of = BilledAccount(Twilio.name, account_sid)
        self.alias = config.bills.account_alias
        self.tenant = config.tenants.get(account_sid, DEFAULT_TENANT)
        self.window_days = config.bills.window_days
        self.lag_days = config.bills.lag_days
        self._subaccounts = config.bills.include_subaccounts
        self._api = TwilioApi(config, config.bills.api_url, sleep)

    async def charges(self, day_from: date, day_to: date) -> list[BillLine]:
        """Every record of these days; one that cannot be read is left out and logged.

        Raises:
            ApiError: the records cannot be read to their end.
        """
        lines: list[BillLine] = []
        async with aclosing(self._api.pages(self._uri(day_from, day_to), _PAGE)) as pages:
            async for page in pages:
                lines.extend(_lines(page.usage_records))
        return lines

    def _uri(self, day_from: date, day_to: date) -> str:
        query = {
            "StartDate": day_from.isoformat(),
            "EndDate": day_to.isoformat(),
            "IncludeSubaccounts": str(self._subaccounts).lower(),
            "PageSize": _PAGE_RECORDS,
        }
        return f"{self._api.uri('Usage/Records/Daily.json')}?{urlencode(query)}"


def _lines(records: list[msgspec.Raw]) -> Iterator[BillLine]:
    for raw in records:
        try:
            line = _line(decode_body(_RECORD, bytes(raw)))
        except Rejected as rejected:
            log.warning("a usage record cannot be read: %s", rejected.detail)
        else:
            if line is not None:
                yield line


def _line(record: _Record) -> BillLine | None:
    """None where nothing is billed: a null price is no zero."""
    if record.start_date != record.end_date:
        raise Rejected(Reason.BAD_FIELD, "end_date: not the day of start_date")
    category = ledger_text(record.category)
    if category is None:
        raise Rejected(Reason.BAD_FIELD, "category: cannot be stored")
    amount = amount_in("price", record.price)
    if amount is None:
        return None
    return BillLine(
        day=record.start_date,
        category=category,
        amount=amount,
        currency=currency_in("price_unit", record.price_unit),
        units=amount_in("usage", record.usage),
        is_total=category == TOTAL,
    )
