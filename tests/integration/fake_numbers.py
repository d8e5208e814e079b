"""Twilio's lists of our own numbers and the rents of the Pricing API.

The resource is that of the documentation, shortened: twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
(read 2026-11); the rents of GB are recorded.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.fake_twilio import ACCOUNT, FAILURES, Failure, failed, recorded, token_of

NUMBERS = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers"
RENTS = "/v1/PhoneNumbers/Countries"


def resource(number: str, **more: Any) -> dict[str, Any]:
    """A number as the documentation has it."""
    return {
        "account_sid": ACCOUNT,
        "address_requirements": "none",
        "api_version": "2010-04-01",
        "beta": False,
        "capabilities": {"mms": True, "sms": True, "voice": True, "fax": False},
        "date_created": "Thu, 30 Jul 2015 23:19:04 +0000",
        "friendly_name": number,
        "origin": "twilio",
        "phone_number": number,
        "sid": "PN" + "a" * 32,
        "sms_url": "https://demo.twilio.com/welcome/sms/reply",
        "status": "in-use",
        "trunk_sid": None,
        "voice_application_sid": None,
        "voice_url": "https://demo.twilio.com/welcome/voice/",
        **more,
    }


class FakeNumbers:
    """Answers with its failures first, then with what it has.

    Attributes:
        lists: by name, the pages of each.
        rents: by country.
        asked: the path of every request that came.
    """

    def __init__(self) -> None:
        self.lists: dict[str, list[list[Any]]] = {"Local": [[]], "Mobile": [[]], "TollFree": [[]]}
        self.rents: dict[str, Any] = {"GB": recorded("pricing_phone_numbers_GB")}
        self.failures: list[Failure] = []
        self.asked: list[str] = []
        self.url = ""

    async def _numbers(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        name = request.match_info["name"]
        at = int(request.query.get("Page", 0))
        more = at + 1 < len(self.lists[name])
        then = f"{NUMBERS}/{name}.json?PageSize=1000&Page={at + 1}" if more else None
        return web.json_response({"incoming_phone_numbers": self.lists[name][at], "next_page_uri": then})

    async def _rents(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        country = request.match_info["country"]
        return web.json_response(self.rents[country]) if country in self.rents else failed(Failure(404, "{}"))

    def _refusal(self, request: web.Request) -> web.Response | None:
        self.asked.append(request.path)
        if not token_of(request):
            return failed(FAILURES["401"])
        return failed(self.failures.pop(0)) if self.failures else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeNumbers]:
        app = web.Application()
        app.router.add_get(NUMBERS + "/{name}.json", self._numbers)
        app.router.add_get(RENTS + "/{country}", self._rents)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self
