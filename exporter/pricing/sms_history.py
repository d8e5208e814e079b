"""Which price list of a country held when a message was sent, and what stands in where none did."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import orjson

from exporter.pricing.carrier_fees import CarrierFees
from exporter.pricing.cost import Cost
from exporter.pricing.sms import Country, Sms, SmsPrices, Tier


class DatedList(NamedTuple):
    """A country's list as Twilio gave it.

    Attributes:
        valid_from: when it was first seen.
        fetched_at: when it was last seen unchanged.
    """

    country: Country
    valid_from: datetime
    fetched_at: datetime


class ShippedList(NamedTuple):
    """A country's list that comes with the program: a last resort, as old as it says."""

    country: Country
    as_of: date


class Standing(NamedTuple):
    """How good the lists in use are.

    Attributes:
        age_s: since the oldest of them was last known to hold; None where none is known.
        fallback: True while a country has no list of Twilio's, or one that is stale.
    """

    age_s: float | None
    fallback: bool


class _Lists(NamedTuple):
    """Twilio's lists of one country, oldest first."""

    valid_from: list[datetime]
    prices: list[SmsPrices]
    fetched_at: datetime


class SmsPriceHistory:
    """The lists of one account. A message is priced by the list that held when it was sent, also later on.

    Where Twilio's own is missing, the operator's list stands in, then the shipped one.

    Args:
        dated: lists of any countries and times.
        own: the operator's lists; they hold at any time.
    """

    def __init__(
        self,
        dated: Iterable[DatedList] = (),
        own: Iterable[Country] = (),
        *,
        fees: CarrierFees | None = None,
        tier: Tier = Tier.CURRENT,
    ) -> None:
        def prices(country: Country, name: str) -> SmsPrices:
            return SmsPrices([country], name, fees=fees, tier=tier)

        by_country: dict[str, list[DatedList]] = {}
        for each in sorted(dated, key=lambda each: each.valid_from):
            by_country.setdefault(each.country.iso_country, []).append(each)
        self._lists = {
            name: _Lists(
                [each.valid_from for each in lists],
                [prices(each.country, f"twilio {each.valid_from.date().isoformat()}") for each in lists],
                lists[-1].fetched_at,
            )
            for name, lists in by_country.items()
        }
        shipped = {
            each.country.iso_country: prices(each.country, f"shipped twilio {each.as_of.isoformat()}")
            for each in shipped_lists()
        }
        self._stand_ins = shipped | {country.iso_country: prices(country, "own list") for country in own}
        self._none = SmsPrices((), "none", fees=fees, tier=tier)

    @property
    def countries(self) -> frozenset[str]:
        """Those with a list of Twilio's."""
        return frozenset(self._lists)

    def price(self, sms: Sms) -> Cost:
        """The cost of one message by the list that held when it was sent; see SmsPrices.price."""
        return self._at(sms.country or "", sms.at).price(sms)

    def fetched_at(self, country: str) -> datetime | None:
        """When the country's list was last known to hold."""
        lists = self._lists.get(country)
        return lists.fetched_at if lists else None

    def standing(self, countries: Iterable[str], now: datetime, stale_after_s: float) -> Standing:
        """How good the lists of these countries are now."""
        ages_s: list[float] = []
        fallback = False
        shipped = {each.country.iso_country: _midnight(each.as_of) for each in shipped_lists()}
        for country in countries:
            fetched_at = self.fetched_at(country)
            known_at = fetched_at or shipped.get(country)
            if known_at is not None:
                ages_s.append((now - known_at).total_seconds())
            fallback |= fetched_at is None or (now - fetched_at).total_seconds() > stale_after_s
        return Standing(max(ages_s, default=None), fallback)

    def _at(self, country: str, at: datetime) -> SmsPrices:
        lists = self._lists.get(country)
        place = bisect_right(lists.valid_from, at) if lists else 0
        if lists and place:
            return lists.prices[place - 1]
        return self._stand_ins.get(country, self._none)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@cache
def shipped_lists() -> tuple[ShippedList, ...]:
    """The lists under cards/twilio/, each with its source and date."""
    folder = files("exporter.pricing") / "cards" / "twilio"
    found = [orjson.loads(file.read_bytes()) for file in folder.iterdir() if file.name.endswith(".json")]
    return tuple(
        ShippedList(Country.model_validate(each), date.fromisoformat(each["as_of"])) for each in found
    )
