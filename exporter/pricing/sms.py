"""What an SMS costs by Twilio's price lists: per segment, by country, network and number type.

Source: twilio.com/docs/messaging/api/pricing (Pricing API v1, Messaging Countries).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from exporter.errors import ConfigError, Problem
from exporter.pricing.carrier_fees import CarrierFees
from exporter.pricing.cost import EXACT, Cost, NoPrice, Part, Priced, Unpriced, exactly
from exporter.pricing.failure_fee import failure_fee
from exporter.vocabulary import Component, Direction, Status

_OTHER_NETWORKS = "999"
_REMEMBERED = 65_536
_Usd = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class Tier(StrEnum):
    """Which price of a list counts: the account's own, with its discount, or the one without."""

    CURRENT = "current"
    BASE = "base"


class _Price(BaseModel):
    current_price: _Usd
    base_price: _Usd | None = None
    number_type: str | None = None

    def at(self, tier: Tier) -> Decimal:
        """The price of a tier; a list without base prices has no discount."""
        return self.current_price if tier is Tier.CURRENT or self.base_price is None else self.base_price


class _Network(BaseModel):
    mcc: str | None = None
    mnc: str | None = None
    carrier: str | None = None
    prices: list[_Price] = []


class Country(BaseModel):
    """One country of the Pricing API; other members of its answer are of no interest.

    A network without MCC and MNC is for all that have no row of their own.
    """

    iso_country: str
    price_unit: str
    outbound_sms_prices: list[_Network] = []
    inbound_sms_prices: list[_Price] = []


class Sms(NamedTuple):
    """What decides the price of one message.

    Attributes:
        country: the recipient's for outbound, our own number's for inbound messages.
        number_type: of our own number: local, mobile, toll-free or shortcode; None where unknown.
        mcc, mnc: the recipient's network; None where unknown.
    """

    direction: Direction
    country: str | None
    segments: int
    at: datetime
    number_type: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    status: Status = Status.SENT
    error_code: str | None = None


class SmsPrices:
    """Price lists by country.

    Args:
        countries: as the Pricing API answers.
        name: what the rate card is called in answers.
        fees: what carriers charge on top.
    """

    def __init__(
        self,
        countries: Iterable[Country],
        name: str,
        *,
        fees: CarrierFees | None = None,
        tier: Tier = Tier.CURRENT,
    ) -> None:
        self._countries = {country.iso_country: _PriceList(country, tier) for country in countries}
        self._name = name
        self._fees = fees or CarrierFees()
        # Most messages are alike: what they are priced by comes from outside, so only so many are remembered.
        self._charge = lru_cache(_REMEMBERED)(self._charged)

    def price(self, sms: Sms) -> Cost:
        """The cost of one message by its fate: what failed costs a fee only, what was canceled nothing."""
        if sms.status is Status.CANCELED:
            return exactly((), "twilio: canceled messages are free")
        if sms.status is Status.FAILED:
            return failure_fee(sms.at, sms.error_code)
        edition = self._fees.edition(sms.at)
        return self._charge(
            sms.direction, sms.country, sms.segments, sms.number_type, sms.mcc, sms.mnc, edition
        )

    def _charged(
        self,
        direction: Direction,
        country: str | None,
        segments: int,
        number_type: str | None,
        mcc: str | None,
        mnc: str | None,
        edition: date | None,
    ) -> Cost:
        prices = self._countries.get(country or "")
        if country is None or prices is None:
            return Unpriced(NoPrice.UNKNOWN_COUNTRY, country or "none")
        if prices.currency != "USD":
            return Unpriced(NoPrice.UNKNOWN_CURRENCY, prices.currency)
        network = (mcc, mnc) if mcc is not None and mnc is not None else None
        found = prices.per_segment_usd(direction, number_type, network)
        if not found:
            route = f"{country} {mcc or '*'}-{mnc or '*'} {number_type or '*'}"
            return Unpriced(NoPrice.UNKNOWN_ROUTE, route)
        fee = self._fees.per_segment(edition, country, direction, number_type, network)
        parts = [Part(Component.MESSAGE, EXACT.multiply(found[0], segments))]
        if fee.usd:
            parts.append(Part(Component.CARRIER_FEE, EXACT.multiply(fee.usd, segments)))
        low_usd, high_usd = EXACT.add(min(found), fee.low_usd), EXACT.add(max(found), fee.high_usd)
        return Priced(
            tuple(parts),
            f"{self._name} {country}",
            EXACT.multiply(low_usd, segments),
            EXACT.multiply(high_usd, segments),
        )


class _PriceList:
    """One country, looked up by network and number type."""

    def __init__(self, country: Country, tier: Tier) -> None:
        self.currency = country.price_unit.upper()
        self._inbound = {price.number_type: price.at(tier) for price in country.inbound_sms_prices}
        self._outbound = {
            (network.mcc, network.mnc): {price.number_type: price.at(tier) for price in network.prices}
            for network in country.outbound_sms_prices
        }

    def per_segment_usd(
        self, direction: Direction, number_type: str | None, network: tuple[str, str] | None
    ) -> list[Decimal]:
        """The price to count with, then all that are possible; none where nothing fits."""
        if direction is Direction.INBOUND:
            return _of_type(self._inbound, number_type)
        if network is not None:
            prices = self._outbound.get(network) or self._outbound.get((None, None)) or {}
            return _of_type(prices, number_type)
        # The network is not known: the list's own price for the others, else the dearest, so that no bill surprises.
        every = [usd for prices in self._outbound.values() for usd in _of_type(prices, number_type)]
        others = [
            usd
            for (_, mnc), prices in self._outbound.items()
            if mnc == _OTHER_NETWORKS
            for usd in _of_type(prices, number_type)
        ]
        return [max(others or every), *every] if every else []


def _of_type(prices: Mapping[str | None, Decimal], number_type: str | None) -> list[Decimal]:
    """The price of a number type; a row without a type is for all, and without a known type any may be it."""
    if number_type is None:
        return sorted(set(prices.values()), reverse=True)
    found = prices.get(number_type, prices.get(None))
    return [] if found is None else [found]


def read_countries(folder: Path) -> list[Country]:
    """The price lists in a folder: one answer of the Pricing API a file; other JSON files are passed over.

    Raises:
        ConfigError: with every problem of every file.
    """
    countries: list[Country] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.json")):
        try:
            source = path.read_bytes()
            if b'"outbound_sms_prices"' in source:
                countries.append(Country.model_validate_json(source))
        except OSError as error:
            problems.append(Problem(str(path), f"cannot be read: {(error.strerror or '').lower()}"))
        except ValidationError as error:
            for found in error.errors():
                problems.append(Problem(f"{path}: {'.'.join(map(str, found['loc']))}", found["msg"]))
    if problems:
        raise ConfigError(problems)
    return countries
