"""WhatsApp prices: what the webhook says about charging, and a dated rate card."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.errors import ConfigError
from exporter.pricing.cost import Component, Cost, NoPrice, Priced, Unpriced
from exporter.pricing.whatsapp import Rate, WhatsAppPrices, flat, read_rates

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARD = """from,country,category,rate_usd
2025-07-01,US,marketing,0.0250
2026-10-01,US,marketing,0.0300
2025-07-01,*,utility,0.0077
"""
PRICES = WhatsAppPrices(
    [
        Rate(date(2025, 7, 1), "US", "marketing", Decimal("0.0250")),
        Rate(date(2026, 10, 1), "US", "marketing", Decimal("0.0300")),
        Rate(date(2025, 7, 1), "*", "utility", Decimal("0.0077")),
        Rate(date(2025, 7, 1), "IN", "authentication_international", Decimal("0.0280")),
    ],
    "card",
)


def usd(cost: Cost) -> Decimal:
    assert isinstance(cost, Priced)
    return cost.cost_usd


def test_a_regular_message_costs_its_countrys_rate() -> None:
    assert usd(PRICES.price("US", "marketing", "regular", NOON)) == Decimal("0.0300")


def test_a_country_without_its_own_rate_has_the_rate_of_all() -> None:
    assert usd(PRICES.price("FR", "utility", "regular", NOON)) == Decimal("0.0077")


@pytest.mark.parametrize("pricing_type", ["free_customer_service", "free_entry_point"])
def test_what_the_webhook_calls_free_is_free(pricing_type: str) -> None:
    assert usd(PRICES.price("US", "marketing", pricing_type, NOON)) == 0


def test_both_spellings_of_a_category_are_one() -> None:
    for category in (
        "authentication-international",
        "authentication_international",
        "AUTHENTICATION-INTERNATIONAL",
    ):
        assert usd(PRICES.price("IN", category, "regular", NOON)) == Decimal("0.0280")


def test_a_rate_has_its_first_second() -> None:
    before, after = datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
    assert usd(PRICES.price("US", "marketing", "regular", before)) == Decimal("0.0250")
    assert usd(PRICES.price("US", "marketing", "regular", after)) == Decimal("0.0300")


def test_through_twilio_its_fee_comes_on_top_also_of_what_is_free() -> None:
    paid = PRICES.price("US", "marketing", "regular", NOON, by_twilio=True)
    assert isinstance(paid, Priced)
    assert [part.component for part in paid.parts] == [Component.MESSAGE, Component.PLATFORM_FEE]
    assert paid.cost_usd == Decimal("0.0350")
    assert usd(PRICES.price("US", "marketing", "free_entry_point", NOON, by_twilio=True)) == Decimal("0.005")


@pytest.mark.parametrize(
    ("country", "category", "pricing_type", "reason"),
    [
        ("US", "general_purpose_ai", "regular", NoPrice.UNKNOWN_CATEGORY),
        ("US", None, None, NoPrice.UNKNOWN_CATEGORY),
        ("US", "marketing", "something_new", NoPrice.UNKNOWN_CATEGORY),
        ("FR", "marketing", "regular", NoPrice.UNKNOWN_COUNTRY),
        (None, "marketing", "regular", NoPrice.UNKNOWN_COUNTRY),
    ],
)
def test_what_the_card_does_not_know_is_unpriced(
    country: str | None, category: str | None, pricing_type: str | None, reason: NoPrice
) -> None:
    cost = PRICES.price(country, category, pricing_type, NOON)
    assert isinstance(cost, Unpriced)
    assert cost.reason is reason


def test_before_the_cards_first_day_nothing_has_a_price() -> None:
    assert isinstance(PRICES.price("US", "marketing", "regular", datetime(2025, 6, 30, tzinfo=UTC)), Unpriced)


def test_without_a_card_nothing_is_free_by_accident() -> None:
    assert WhatsAppPrices([], "none").price("US", "utility", "regular", NOON) == Unpriced(
        NoPrice.NO_RATE_CARD, "whatsapp"
    )


def test_the_flat_card_costs_the_same_everywhere() -> None:
    prices = flat(Decimal("0.01"))
    assert {usd(prices.price(country, "service", "regular", NOON)) for country in ("US", None, "IN")} == {
        Decimal("0.01")
    }


def test_a_card_is_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(CARD)
    prices = WhatsAppPrices(read_rates(path), "rates.csv")
    cost = prices.price("US", "marketing", "regular", NOON)
    assert isinstance(cost, Priced)
    assert (cost.cost_usd, cost.card) == (Decimal("0.0300"), "rates.csv 2026-10-01")


@pytest.mark.parametrize(
    "line",
    ["2025-07-01,US,marketing,free", "July,US,marketing,0.01", "2025-07-01,US", "2025-07-01,US,marketing,-1"],
)
def test_a_line_that_is_no_rate_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(f"{CARD}{line}\n")
    with pytest.raises(ConfigError) as caught:
        read_rates(path)
    assert [problem.path.rpartition(" ")[2] for problem in caught.value.problems] == ["5"]
