"""Twilio's list of the numbers that we rent, kept in the ledger so that idle ones can be told.

Source: twilio.com/docs/phone-numbers/api/incomingphonenumber-resource (2026-11). The resource does not say its type;
there is a list for each of three types instead. National numbers are in none of them and are left out, as are those
that calls go to, which nobody here sees.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from exporter.billing.number_rents import NumberRents
from exporter.country import country_of
from exporter.errors import Rejected
from exporter.event import DEFAULT_TENANT, Id
from exporter.ledger.bills import BilledAccount
from exporter.ledger.ledger import Ledger
from exporter.ledger.own_numbers import OwnNumber
from exporter.pricing.sms import Tier
from exporter.reconcile.twilio_api import Page, TwilioApi
from exporter.rest_api import Sleep
from exporter.sources.strict_json import decode_body
from exporter.sources.twilio import Twilio, TwilioConfig

log = logging.getLogger(__name__)

_PAGE_NUMBERS = 1_000
_LISTS = {"Local": "local", "Mobile": "mobile", "TollFree": "toll free"}
"""By the name of the list, the type of its numbers in the Pricing API."""
_DEMO_URL = "https://demo.twilio.com/"
"""Where the calls of a number go that nobody has set up."""


class _NumbersPage(Page, kw_only=True):
    incoming_phone_numbers: list[msgspec.Raw]


class _Capabilities(msgspec.Struct, frozen=True):
    sms: bool = False
    mms: bool = False


class _Number(msgspec.Struct):
    phone_number: Id
    capabilities: _Capabilities = _Capabilities()
    voice_url: str | None = None
    voice_application_sid: str | None = None
    trunk_sid: str | None = None


_PAGE = msgspec.json.Decoder(_NumbersPage)
_NUMBER = msgspec.json.Decoder(_Number)


class ReadOwnNumbers:
    """Reads the numbers of the configured account, with their rent."""

    def __init__(
        self,
        config: Callable[[], TwilioConfig],
        ledger: Ledger,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._now = now
        self._sleep = sleep

    async def run(self) -> None:
        """Look once.

        Raises:
            ApiError: a list cannot be read to its end; the numbers from before stand.
            LedgerUnavailable: the next look finds the same again.
        """
        config, now = self._config(), self._now()
        api = TwilioApi(config, config.bills.api_url, self._sleep)
        rents = NumberRents(TwilioApi(config, config.prices.api_url, self._sleep), Tier(config.prices.tier))
        found: dict[str, OwnNumber] = {}
        for resource, number_type in _LISTS.items():
            async with aclosing(_listed(api, resource)) as numbers:
                async for number in numbers:
                    country = country_of(number)
                    rent_usd = await rents.monthly_usd(country, number_type) if country else None
                    if rent_usd is not None:
                        found[number] = OwnNumber(number, *_named(number, config), rent_usd)
        account = BilledAccount(Twilio.name, config.account_sid or "")
        await self._ledger.replace_own_numbers(account, now, list(found.values()))


async def _listed(api: TwilioApi, resource: str) -> AsyncGenerator[str, None]:
    """The numbers of one list that messages alone may use."""
    query = urlencode({"PageSize": _PAGE_NUMBERS})
    uri = f"{api.uri(f'IncomingPhoneNumbers/{resource}.json')}?{query}"
    async with aclosing(api.pages(uri, _PAGE)) as pages:
        async for page in pages:
            for number in _readable(page.incoming_phone_numbers):
                if _is_for_messages(number):
                    yield number.phone_number


def _readable(numbers: Iterable[msgspec.Raw]) -> Iterator[_Number]:
    for raw in numbers:
        try:
            yield decode_body(_NUMBER, bytes(raw))
        except Rejected as rejected:
            log.warning("a number of ours cannot be read: %s", rejected.detail)


def _is_for_messages(number: _Number) -> bool:
    takes_messages = number.capabilities.sms or number.capabilities.mms
    has_voice_url = number.voice_url and not number.voice_url.startswith(_DEMO_URL)
    return takes_messages and not (has_voice_url or number.voice_application_sid or number.trunk_sid)


def _named(number: str, config: TwilioConfig) -> tuple[str, str | None]:
    """Whose it is, and its alias."""
    tenants = config.tenants
    tenant = tenants.get(number) or tenants.get(config.account_sid or "") or DEFAULT_TENANT
    return tenant, config.senders.get(number)
