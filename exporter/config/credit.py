"""What prepaid credits are worth, as the operator sells and counts them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from exporter.field_types import Section

_NUMBER = r"[0-9]{1,12}(\.[0-9]{1,12})?"
RATE_PATTERN = rf"^{_NUMBER}(/{_NUMBER})?$"


def _exactly(value: Any) -> Fraction:
    """A number, or a fraction of two as text: 1000/1.15 has no end as a decimal."""
    if not isinstance(value, bool) and re.fullmatch(RATE_PATTERN, str(value)):
        above, _, below = str(value).partition("/")
        if Fraction(above) and Fraction(below or 1):
            return Fraction(above) / Fraction(below or 1)
    raise ValueError('must be a number above zero, or a fraction of two such as "1000/1.15"')


CreditRate = Annotated[
    Fraction,
    BeforeValidator(_exactly),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": RATE_PATTERN}]}
    ),
]


class CreditsConfig(Section):
    """What a prepaid credit is worth, if you sell such."""

    used_per_usd: CreditRate | None = Field(
        default=None, description="Credits that one US dollar of usage takes, or null without credits."
    )
    sold_per_usd: CreditRate | None = Field(
        default=None, description="Credits that one US dollar buys, or null without credits."
    )

    @property
    def margin_ratio(self) -> Fraction | None:
        """What a customer pays for a dollar of usage beyond that dollar, exactly; None without both rates."""
        if self.used_per_usd is None or self.sold_per_usd is None:
            return None
        return self.used_per_usd / self.sold_per_usd - 1
