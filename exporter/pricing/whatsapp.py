"""What a WhatsApp message costs: by what its webhook says about charging, and a dated rate card.

Windows and allowances are not computed again: `pricing.type` and `pricing.category` of the webhook say what Meta made
of them. Source: developers.facebook.com, WhatsApp Business Platform, pricing (2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from exporter.pricing.cost import Cost, NoPrice, Part, Unpriced, exactly
from exporter.pricing.csv_table import amount_usd, read_lines
from exporter.vocabulary import Component

ANY_COUNTRY = "*"
OTHER_COUNTRIES = "OTHER"
TWILIO_FEE_USD = Decimal("0.005")
_FREE_TYPES = frozenset({"free", "free_customer_service", "free_entry_point", "free_group_customer_service"})
# `free` is our own word for `billable: false` without a type.
_FREE_CATEGORIES = frozenset({"referral_conversion"})
_CHARGED_TYPES = (None, "regular", "conversation")
_RATED_AS = {"marketing_lite": "marketing", "group_marketing": "marketing", "group_utility": "utility"}
"""Categories without a column of their own in Meta's rate card, and those whose rates they have (Groups API pricing,
2026-03; `marketing_lite` because there is one card for both, 2026-11)."""
_COLUMNS = ("from", "country", "category", "rate_usd")


class Rate(NamedTuple):
    """One line of a rate card.

    Attributes:
        since: valid from the beginning of this day, UTC.
        country: the recipient's ISO code; OTHER_COUNTRIES for those without a rate of their own; ANY_COUNTRY for all,
            also where the country is unknown.
        above: a volume tier: it holds for whom Meta counts at least so many messages a month in that country and
            category.
    """

    since: date
    country: str
    category: str
    rate_usd: Decimal
    above: int = 0


class WhatsAppPrices:
    """A rate card: country by category by date.

    Args:
        name: what the card is called in answers.
        volumes: messages a month by country and category, as Meta counts them for the business; else the first tier.
    """

    def __init__(
        self, rates: Iterable[Rate], name: str, volumes: Mapping[tuple[str, str], int] | None = None
    ) -> None:
        self._name = name
        self._rates: dict[tuple[str, str], list[Rate]] = {}
        # The newest first, of one day the highest tier that is reached.
        for rate in sorted(rates, key=lambda rate: (rate.since, rate.above), reverse=True):
            place = (rate.country, rate.category)
            if rate.above <= (volumes or {}).get(place, 0):
                self._rates.setdefault(place, []).append(rate)
        self._categories = {category for _, category in self._rates}

    def price(
        self,
        country: str | None,
        category: str | None,
        pricing_type: str | None,
        at: datetime,
        *,
        by_twilio: bool = False,
    ) -> Cost:
        """The cost of one delivered message, or before July 2025 of its conversation; Twilio's fee comes on top."""
        category = (category or "").lower().replace("-", "_")
        fee = (Part(Component.PLATFORM_FEE, TWILIO_FEE_USD),) if by_twilio else ()
        if pricing_type in _FREE_TYPES or category in _FREE_CATEGORIES:
            return exactly(fee, "whatsapp: free")
        if pricing_type not in _CHARGED_TYPES:
            return Unpriced(NoPrice.UNKNOWN_CATEGORY, f"type {pricing_type}")
        if not self._rates:
            return Unpriced(NoPrice.NO_RATE_CARD, "whatsapp")
        if category not in self._categories:
            category = _RATED_AS.get(category, category)
        rate = self._rate(country, category, at.astimezone(UTC).date())
        if rate is None:
            known = category in self._categories
            reason = NoPrice.UNKNOWN_COUNTRY if known else NoPrice.UNKNOWN_CATEGORY
            return Unpriced(reason, f"{country or 'none'} {category or 'none'}")
        return exactly(
            (Part(Component.MESSAGE, rate.rate_usd), *fee), f"{self._name} {rate.since.isoformat()}"
        )

    def _rate(self, country: str | None, category: str, day: date) -> Rate | None:
        """The newest rate that holds; a country with rates of its own never has those of the others."""
        places = (country, OTHER_COUNTRIES, ANY_COUNTRY) if country else (ANY_COUNTRY,)
        rates = next(
            (self._rates[place, category] for place in places if (place, category) in self._rates), ()
        )
        return next((rate for rate in rates if rate.since <= day), None)


def flat(rate_usd: Decimal) -> WhatsAppPrices:
    """The same price for every category everywhere, the unknown one included, as a simple estimate."""
    categories = (
        "",
        "marketing",
        "marketing_lite",
        "utility",
        "authentication",
        "authentication_international",
        "service",
    )
    return WhatsAppPrices(
        (Rate(date(2000, 1, 1), ANY_COUNTRY, name, rate_usd) for name in categories), "flat"
    )


@cache
def shipped() -> WhatsAppPrices:
    """Meta's published rates, as cards/SOURCES.md tells where from; before volume discounts."""
    with as_file(files("exporter.pricing") / "cards" / "whatsapp.csv") as path:
        return WhatsAppPrices(read_rates(path), "meta")


def read_rates(path: Path) -> list[Rate]:
    """A rate card: CSV with the columns from, country, category, rate_usd, and `above` where it has volume tiers.

    Raises:
        ConfigError: with every problem of the file.
    """
    return read_lines(path, _COLUMNS, _rate_of)


def _rate_of(row: dict[str, str]) -> Rate:
    category = row["category"].strip().lower().replace("-", "_")
    above = int(row.get("above") or 0)
    if above < 0:
        raise ValueError
    since, country = date.fromisoformat(row["from"].strip()), row["country"].strip().upper()
    return Rate(since, country, category, amount_usd(row["rate_usd"]), above)
