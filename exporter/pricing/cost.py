"""The answer of every price list: exact parts, or why there is no price."""

from __future__ import annotations

from decimal import Context, Decimal
from enum import StrEnum
from typing import NamedTuple

from exporter.vocabulary import Component

EXACT = Context(prec=60)
"""Wide enough that no product or sum of ours is ever rounded."""
ZERO_USD = Decimal(0)


class NoPrice(StrEnum):
    """Why something has no price; the value is the label of comms_unpriced_units_total."""

    NO_RATE_CARD = "no_rate_card"
    UNKNOWN_PROVIDER = "unknown_provider"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_COUNTRY = "unknown_country"
    UNKNOWN_ROUTE = "unknown_route"
    UNKNOWN_CATEGORY = "unknown_category"
    UNKNOWN_CURRENCY = "unknown_currency"
    NO_UNIT_PRICE = "no_unit_price"
    BAD_USAGE = "bad_usage"


class Part(NamedTuple):
    """One part of a cost."""

    component: Component
    amount_usd: Decimal


class Priced(NamedTuple):
    """A cost with its parts; the parts add up to it exactly.

    Attributes:
        card: the rate card that was used, by name and date.
        low_usd, high_usd: the range where what decides between prices is unknown; else both are the cost.
    """

    parts: tuple[Part, ...]
    card: str
    low_usd: Decimal
    high_usd: Decimal

    @property
    def cost_usd(self) -> Decimal:
        """The sum of the parts."""
        return _sum_of(self.parts)


class Unpriced(NamedTuple):
    """No price: counted, never taken for zero.

    Attributes:
        key: what was looked for, such as the model; holds nothing of a person.
    """

    reason: NoPrice
    key: str


Cost = Priced | Unpriced


def exactly(parts: tuple[Part, ...], card: str) -> Priced:
    """A cost without doubt: the range is the cost itself."""
    cost_usd = _sum_of(parts)
    return Priced(parts, card, cost_usd, cost_usd)


def _sum_of(parts: tuple[Part, ...]) -> Decimal:
    total_usd = ZERO_USD
    for part in parts:
        total_usd = EXACT.add(total_usd, part.amount_usd)
    return total_usd
