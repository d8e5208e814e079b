"""What a number of a country costs a month, by Twilio's Pricing API.

Source: twilio.com/docs/phone-numbers/pricing (Pricing API v1, Phone Number Countries): a price for each `number_type`,
which are `local`, `mobile`, `national` and `toll free`.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from exporter.billing.bill_source import USD
from exporter.billing.money_text import amount_in, currency_in
from exporter.errors import Rejected
from exporter.pricing.sms import Tier
from exporter.reconcile.twilio_api import TwilioApi
from exporter.rest_api import ApiError, NoSuchResource

_COUNTRIES = "/v1/PhoneNumbers/Countries"


class _Price(msgspec.Struct):
    number_type: str
    base_price: str | None = None
    current_price: str | None = None


class _Country(msgspec.Struct):
    phone_number_prices: list[_Price]
    price_unit: str


_COUNTRY = msgspec.json.Decoder(_Country)


class NumberRents:
    """Asks for each country once."""

    def __init__(self, api: TwilioApi, tier: Tier) -> None:
        self._api = api
        self._tier = tier
        self._known: dict[str, dict[str, Decimal]] = {}

    async def monthly_usd(self, country: str, number_type: str) -> Decimal | None:
        """The rent; None where Twilio has no price, or one in another currency.

        Raises:
            ApiError: we are refused, or the answer cannot be read.
        """
        if country not in self._known:
            self._known[country] = await self._prices_of(country)
        return self._known[country].get(number_type)

    async def _prices_of(self, country: str) -> dict[str, Decimal]:
        try:
            answer = await self._api.document(f"{_COUNTRIES}/{country}", _COUNTRY)
            if currency_in("price_unit", answer.price_unit) != USD:
                return {}
            prices = {price.number_type: self._price(price) for price in answer.phone_number_prices}
        except NoSuchResource:
            return {}
        except Rejected as rejected:
            raise ApiError(f"the rents of {country} cannot be read: {rejected.detail}") from rejected
        return {number_type: usd for number_type, usd in prices.items() if usd is not None and usd >= 0}

    def _price(self, price: _Price) -> Decimal | None:
        is_current = self._tier is Tier.CURRENT or price.base_price is None
        return amount_in("price", price.current_price if is_current else price.base_price)
