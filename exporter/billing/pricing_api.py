"""Twilio's Pricing API: the price list of one country, and the countries that have one.

Source: twilio.com/docs/messaging/api/pricing (Pricing API v1, Messaging Countries). Unlike Twilio's older lists, these
name their next page by its whole address.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec
import orjson
from pydantic import ValidationError

from exporter.pricing.sms import Country
from exporter.reconcile.twilio_api import TwilioApi
from exporter.rest_api import ApiError

_COUNTRIES = "/v1/Messaging/Countries"
_PAGE_COUNTRIES = 1_000
_is_currency = re.compile(r"[A-Za-z]{3}").fullmatch


class UnbelievableList(ApiError):
    """An answer that is no price list of that country; the next country's may be one."""


class _Meta(msgspec.Struct):
    next_page_url: str | None = None


class _Listed(msgspec.Struct):
    iso_country: str


class _Page(msgspec.Struct):
    countries: list[_Listed]
    meta: _Meta


_PAGE = msgspec.json.Decoder(_Page)
_LIST = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class PricingApi:
    """Reads the prices of one account."""

    def __init__(self, api: TwilioApi) -> None:
        self._api = api

    async def country(self, name: str) -> Country:
        """One country's list.

        Raises:
            NoSuchResource: Twilio has no list of that country.
            UnbelievableList: the answer is not to be priced with.
            ApiError: we are refused, or have asked often enough.
        """
        answer = await self._api.document(f"{_COUNTRIES}/{name}", _LIST)
        try:
            country = Country.model_validate(answer)
        except ValidationError as error:
            raise UnbelievableList(f"{error.error_count()} of its members have another shape") from None
        if problem := _problem(country, name):
            raise UnbelievableList(problem)
        return country

    async def countries(self) -> list[str]:
        """Every country that has a list.

        Raises:
            ApiError: we are refused, or have asked often enough.
        """
        found: list[str] = []
        asked: set[str] = set()
        uri: str | None = f"{_COUNTRIES}?PageSize={_PAGE_COUNTRIES}"
        while uri and uri not in asked:
            asked.add(uri)
            page = await self._api.document(uri, _PAGE)
            found += [each.iso_country for each in page.countries]
            uri = page.meta.next_page_url and self._api.path_of(page.meta.next_page_url)
        return found


def _problem(country: Country, asked: str) -> str | None:
    if country.iso_country != asked:
        return "it is of another country"
    if not _is_currency(country.price_unit):
        return "it has no currency"
    if not any(network.prices for network in country.outbound_sms_prices) and not country.inbound_sms_prices:
        return "it has no price"
    return None


def canonical(country: Country) -> str:
    """The list as JSON; the same text for the same prices, in whatever order they came."""
    said = country.model_dump(mode="json")
    for prices in (said["inbound_sms_prices"], *(each["prices"] for each in said["outbound_sms_prices"])):
        prices.sort(key=orjson.dumps)
    said["outbound_sms_prices"].sort(key=orjson.dumps)
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
