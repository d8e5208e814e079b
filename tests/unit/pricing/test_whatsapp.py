"""WhatsApp prices: what the webhook says about charging, and a dated rate card."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from exporter.errors import ConfigError
from exporter.pricing.cost import Cost, NoPrice, Priced, Unpriced
from exporter.pricing.whatsapp import Rate, WhatsAppPrices, flat, read_rates, shipped
from exporter.vocabulary import Component

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARDS = Path(__file__).parents[3] / "exporter" / "pricing" / "cards"
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


def test_a_country_with_rates_of_its_own_never_has_those_of_the_others() -> None:
    rates = [
        Rate(date(2025, 7, 1), "OTHER", "utility", Decimal("0.0077")),
        Rate(date(2026, 10, 1), "KZ", "utility", Decimal("0.0180")),
    ]
    prices = WhatsAppPrices(rates, "card")
    assert usd(prices.price("AQ", "utility", "regular", NOON)) == Decimal("0.0077")
    assert usd(prices.price("KZ", "utility", "regular", NOON)) == Decimal("0.0180")
    before = prices.price("KZ", "utility", "regular", datetime(2026, 9, 30, tzinfo=UTC))
    assert before == Unpriced(NoPrice.UNKNOWN_COUNTRY, "KZ utility")


def test_an_unknown_country_is_not_one_of_the_others() -> None:
    prices = WhatsAppPrices([Rate(date(2025, 7, 1), "OTHER", "utility", Decimal("0.0077"))], "card")
    assert prices.price(None, "utility", "regular", NOON) == Unpriced(NoPrice.UNKNOWN_COUNTRY, "none utility")


@pytest.mark.parametrize(
    ("category", "like"),
    [("marketing_lite", "marketing"), ("group_marketing", "marketing"), ("group_utility", "utility")],
)
def test_categories_without_a_column_have_the_rates_of_another(category: str, like: str) -> None:
    assert shipped().price("GB", category, "regular", NOON) == shipped().price("GB", like, "regular", NOON)


def test_a_card_may_have_a_rate_of_its_own_for_them() -> None:
    rates = [
        Rate(date(2025, 7, 1), "*", name, Decimal(usd))
        for name, usd in (("marketing", "2"), ("marketing_lite", "1"))
    ]
    assert usd(WhatsAppPrices(rates, "card").price("GB", "marketing_lite", "regular", NOON)) == 1


def test_a_free_group_message_is_free() -> None:
    assert usd(shipped().price("GB", "group_utility", "free_group_customer_service", NOON)) == 0


def on(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "category", "first_day", "before_usd", "since_usd"),
    [
        ("MX", "marketing", "2026-10-01", "0.0305", "0.0397"),
        ("MX", "marketing", "2025-10-01", None, "0.0305"),
        ("IN", "marketing", "2026-01-01", None, "0.0118"),
        ("US", "utility", "2026-01-01", None, "0.0034"),
        ("DE", "utility", "2025-07-01", None, "0.0550"),
        ("SA", "marketing", "2026-04-01", "0.0455", "0.0501"),
        ("IN", "authentication_international", "2026-04-01", "0.0280", "0.0304"),
        ("TR", "authentication", "2026-04-01", "0.0053", "0.0009"),
        ("GB", "marketing", "2026-07-01", "0.0529", "0.0635"),
        ("PL", "marketing", "2026-07-01", "0.0860", "0.0366"),
        ("HK", "utility", "2026-07-01", "0.0113", "0.0260"),
        ("JP", "marketing", "2026-10-01", "0.0732", "0.0842"),
        ("KW", "utility", "2026-10-01", "0.0091", "0.0440"),
        ("ZW", "utility", "2025-10-01", "0.0077", "0.0040"),
        ("KZ", "utility", "2026-10-01", None, "0.0180"),
        ("BR", "service", "2026-10-01", None, "0.0068"),
        ("AQ", "service", "2026-10-01", None, "0.0077"),
    ],
)
def test_a_shipped_rate_changes_with_its_first_day(
    country: str, category: str, first_day: str, before_usd: str | None, since_usd: str
) -> None:
    first = on(first_day)
    costs = [
        shipped().price(country, category, "regular", at) for at in (first - timedelta(seconds=1), first)
    ]
    found = [cost.cost_usd if isinstance(cost, Priced) else None for cost in costs]
    assert found == [Decimal(before_usd) if before_usd else None, Decimal(since_usd)]


def test_markets_that_became_their_own_left_their_regions_changes_behind() -> None:
    assert usd(shipped().price("SG", "marketing", "regular", NOON)) == Decimal("0.0732")
    assert usd(shipped().price("QA", "marketing", "regular", NOON)) == Decimal("0.0341")


def test_the_changes_of_october_2026_are_as_many_as_meta_says() -> None:
    """12 markets of utility with 8 increases and 4 decreases; a market is what has a rate of its own."""
    markets = ["BD", "IQ", "NP", "LK", "KZ", "KW", "MA", "OM", "UA", "PE", "ZA", "PK"]
    october = on("2026-10-01")
    steps = {
        name: [
            shipped().price(name, "utility", "regular", at)
            for at in (october - timedelta(seconds=1), october)
        ]
        for name in markets
    }
    lower = {name for name, (old, new) in steps.items() if isinstance(old, Priced) and usd(new) < usd(old)}
    assert lower == {"BD", "IQ", "NP", "LK"}
    assert isinstance(steps["KZ"][0], Unpriced)


def test_a_message_to_an_international_rate_that_meta_does_not_publish_is_unpriced() -> None:
    cost = shipped().price("FR", "authentication-international", "regular", NOON)
    assert cost == Unpriced(NoPrice.UNKNOWN_COUNTRY, "FR authentication_international")


def test_the_shipped_card_has_one_rate_for_a_day() -> None:
    rates = read_rates(CARDS / "whatsapp.csv")
    assert len({rate[:3] for rate in rates}) == len(rates)
    assert all(re.fullmatch("[A-Z]{2}|OTHER", rate.country) for rate in rates)
    assert all(rate.since.day == 1 and rate.since.month in (1, 4, 7, 10) for rate in rates)
    assert all(0 < rate.rate_usd < 1 for rate in rates)


TIERED = """from,country,category,rate_usd,above
2025-07-01,IN,utility,0.0014,
2025-07-01,IN,utility,0.0012,1000001
2026-01-01,IN,utility,0.0010,5000001
2026-01-01,IN,utility,0.0013,0
"""


@pytest.mark.parametrize(
    ("volume", "month", "rate"),
    [
        (0, 12, "0.0014"),
        (1_000_000, 12, "0.0014"),
        (1_000_001, 12, "0.0012"),
        (1_000_001, 1, "0.0013"),
        (5_000_001, 1, "0.0010"),
    ],
)
def test_the_highest_tier_that_is_reached_holds(tmp_path: Path, volume: int, month: int, rate: str) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(TIERED)
    prices = WhatsAppPrices(read_rates(path), "rates.csv", {("IN", "utility"): volume})
    at = datetime(2025 if month == 12 else 2026, month, 15, tzinfo=UTC)
    assert usd(prices.price("IN", "utility", "regular", at)) == Decimal(rate)


def test_without_a_known_volume_the_first_tier_holds(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(TIERED)
    assert usd(WhatsAppPrices(read_rates(path), "r").price("IN", "utility", "regular", NOON)) == Decimal(
        "0.0013"
    )
