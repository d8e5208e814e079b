"""Twilio's Pricing API as recorded: a list of countries in pages, and the price list of each."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.fake_twilio import FAILURES, TOKEN, Failure, failed, recorded, token_of

COUNTRIES = "/v1/Messaging/Countries"
NOT_FOUND = Failure(404, json.dumps({"code": 20404, "status": 404}), {"Content-Type": "application/json"})


def price_list(name: str = "ZZ", price: str = "0.0750", **changed: Any) -> dict[str, Any]:
    """The list of a country with one price for everything."""
    prices = [{"number_type": None, "base_price": "0.1000", "current_price": price}]
    return {
        "country": name,
        "iso_country": name,
        "price_unit": "USD",
        "outbound_sms_prices": [{"carrier": "Any", "mcc": "901", "mnc": "999", "prices": prices}],
        "inbound_sms_prices": prices,
        **changed,
    }


class FakePricing:
    """Answers with its failures first, then with what it has.

    Attributes:
        lists: by country; what is no mapping is answered as it is.
        pages: the countries of each page.
        failures: each is given once.
        failing: countries that never have an answer.
        asked: the raw path and query of every request that came.
    """

    def __init__(self) -> None:
        self.lists: dict[str, Any] = {
            "GB": recorded("pricing_country_GB"),
            "ZZ": recorded("pricing_country_derived"),
        }
        self.pages: list[list[str]] = [["GB"], ["ZZ"]]
        self.failures: list[Failure] = []
        self.failing: set[str] = set()
        self.asked: list[str] = []
        self.good_token = TOKEN
        self.next_host = ""
        self.url = ""

    @property
    def asked_for(self) -> list[str]:
        """The countries whose lists were asked for, in that order."""
        return [path.rpartition("/")[2] for path in self.asked if path.startswith(f"{COUNTRIES}/")]

    async def _country(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if refusal := self._refusal(request, name):
            return refusal
        return web.json_response(self.lists[name]) if name in self.lists else failed(NOT_FOUND)

    async def _countries(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        number = int(request.query.get("Page", 0))
        more = number + 1 < len(self.pages)
        host = self.next_host or self.url
        url = f"{host}{COUNTRIES}?PageSize=1&Page={number + 1}&PageToken=DNAQ" if more else None
        rows = [{"iso_country": name, "country": name} for name in self.pages[number]]
        return web.json_response({"meta": {"page": number, "next_page_url": url}, "countries": rows})

    def _refusal(self, request: web.Request, name: str = "") -> web.Response | None:
        self.asked.append(request.raw_path)
        if token_of(request) != self.good_token:
            return failed(FAILURES["401"])
        if self.failures:
            return failed(self.failures.pop(0))
        return failed(FAILURES["503_html"]) if name in self.failing else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakePricing]:
        app = web.Application()
        app.router.add_get(COUNTRIES, self._countries)
        app.router.add_get(COUNTRIES + "/{name}", self._country)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self
