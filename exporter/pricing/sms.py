"""What an SMS costs by Twilio's price lists: per segment, by country, network and number type.

Source: twilio.com/docs/messaging/api/pricing (Pricing API v1, Messaging Countries); the fee of failed messages:
support.twilio.com article 27502337507483 (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field, ValidationError

from exporter.errors import ConfigError, Problem
from exporter.pricing.cost import EXACT, Component, Cost, NoPrice, Part, Priced, Unpriced, exactly
from exporter.vocabulary import Direction, Status

FAILURE_FEE_USD = Decimal("0.001")
FAILURE_FEE_SINCE = datetime(2024, 9, 30, tzinfo=UTC)
FREE_FAILURES = frozenset(
    {
        "12400",
        "20500",
        "20504",
        "21408",
        "30002",
        "30008",
        "30036",
        "30103",
        "30450",
        "30454",
        "30500",
        "63010",
        "63012",
        "63013",
        "63018",
        "63021",
        "63024",
        "63032",
        "63038",
        "90010",
    }
)
"""Error codes of Twilio's and Meta's own trouble, for which the fee is not charged."""
_OTHER_NETWORKS = "999"
_Usd = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class _Price(BaseModel):
    current_price: _Usd
    number_type: str | None = None


class _Network(BaseModel):
    mcc: str | None = None
    mnc: str | None = None
    prices: list[_Price] = []


class Country(BaseModel):
    """One country of the Pricing API; other members of its answer are of no interest."""

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
        countries: as the Pricing API answers, your discount in `current_price`.
        name: what the rate card is called in answers.
    """

    def __init__(self, countries: Iterable[Country], name: str) -> None:
        self._countries = {country.iso_country: _PriceList(country) for country in countries}
        self._name = name

    def price(self, sms: Sms) -> Cost:
        """The cost of one message by its fate: what failed costs a fee only, what was canceled nothing."""
        if sms.status is Status.CANCELED:
            return exactly((), "twilio: canceled messages are free")
        if sms.status is Status.FAILED:
            return _failure_fee(sms)
        if sms.country is None or sms.country not in self._countries:
            return Unpriced(NoPrice.UNKNOWN_COUNTRY, sms.country or "none")
        prices = self._countries[sms.country]
        if prices.currency != "USD":
            return Unpriced(NoPrice.UNKNOWN_CURRENCY, prices.currency)
        found = prices.per_segment_usd(sms)
        if not found:
            return Unpriced(
                NoPrice.UNKNOWN_ROUTE,
                f"{sms.country} {sms.mcc or '*'}-{sms.mnc or '*'} {sms.number_type or '*'}",
            )
        costs = sorted(EXACT.multiply(usd, Decimal(sms.segments)) for usd in found)
        part = Part(Component.MESSAGE, EXACT.multiply(found[0], Decimal(sms.segments)))
        return Priced((part,), f"{self._name} {sms.country}", costs[0], costs[-1])


class _PriceList:
    """One country, looked up by network and number type."""

    def __init__(self, country: Country) -> None:
        self.currency = country.price_unit.upper()
        self._inbound = {price.number_type: price.current_price for price in country.inbound_sms_prices}
        self._outbound = {
            (network.mcc, network.mnc): {price.number_type: price.current_price for price in network.prices}
            for network in country.outbound_sms_prices
        }

    def per_segment_usd(self, sms: Sms) -> list[Decimal]:
        """The price to count with, then all that are possible; none where nothing fits."""
        if sms.direction is Direction.INBOUND:
            return _of_type(self._inbound, sms.number_type)
        if sms.mcc is not None and sms.mnc is not None:
            return _of_type(self._outbound.get((sms.mcc, sms.mnc), {}), sms.number_type)
        # The network is not known: the list's own price for the others, else the dearest, so that no bill surprises.
        every = [usd for prices in self._outbound.values() for usd in _of_type(prices, sms.number_type)]
        others = [
            usd
            for (_, mnc), prices in self._outbound.items()
            if mnc == _OTHER_NETWORKS
            for usd in _of_type(prices, sms.number_type)
        ]
        return [max(others or every), *every] if every else []


def _of_type(prices: Mapping[str | None, Decimal], number_type: str | None) -> list[Decimal]:
    """The price of a number type; a row without a type is for all, and without a known type any may be it."""
    if number_type is None:
        return sorted(set(prices.values()), reverse=True)
    found = prices.get(number_type, prices.get(None))
    return [] if found is None else [found]


def _failure_fee(sms: Sms) -> Cost:
    if sms.at < FAILURE_FEE_SINCE or sms.error_code in FREE_FAILURES:
        return exactly((), "twilio: this failure is free")
    return exactly((Part(Component.FAILURE_FEE, FAILURE_FEE_USD),), "twilio: failed message fee 2024-09-30")


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
