"""The fee of a message that failed, and the failures that are free.

Source: support.twilio.com article 27502337507483 (2026-11).
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from exporter.pricing.cost import Cost, Part, exactly
from exporter.vocabulary import Component

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


def failure_fee(at: datetime, error_code: str | None) -> Cost:
    """What a message costs that ended in `failed`, whatever its segments."""
    if at < FAILURE_FEE_SINCE or error_code in FREE_FAILURES:
        return exactly((), "twilio: this failure is free")
    return exactly((Part(Component.FAILURE_FEE, FAILURE_FEE_USD),), "twilio: failed message fee 2024-09-30")
