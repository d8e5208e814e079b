"""Dated price lists: each message by the list that held, stand-ins where none did, and how good the lists are."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.pricing.cost import NoPrice, Priced, Unpriced
from exporter.pricing.sms import Country, Sms, Tier
from exporter.pricing.sms_history import DatedList, SmsPriceHistory, Standing, shipped_lists
from exporter.vocabulary import Direction, Status

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def country(price: str, name: str = "ZZ") -> Country:
    prices = [{"current_price": price, "base_price": "1"}]
    return Country.model_validate(
        {"iso_country": name, "price_unit": "USD", "outbound_sms_prices": [{"prices": prices}]}
    )


def dated(price: str, valid_from: datetime, name: str = "ZZ", seen: timedelta = DAY) -> DatedList:
    return DatedList(country(price, name), valid_from, valid_from + seen)


def sms(at: datetime, name: str | None = "ZZ") -> Sms:
    return Sms(Direction.OUTBOUND, name, 1, at, "local")


def said(history: SmsPriceHistory, at: datetime, name: str | None = "ZZ") -> tuple[Decimal, str] | NoPrice:
    cost = history.price(sms(at, name))
    return (cost.cost_usd, cost.card) if isinstance(cost, Priced) else cost.reason


def test_a_list_holds_to_the_last_moment_before_the_next() -> None:
    history = SmsPriceHistory([dated("0.02", NOON + DAY), dated("0.01", NOON)])
    assert said(history, NOON) == (Decimal("0.01"), "twilio 2026-11-21 ZZ")
    assert said(history, NOON + DAY - TICK) == (Decimal("0.01"), "twilio 2026-11-21 ZZ")
    assert said(history, NOON + DAY) == (Decimal("0.02"), "twilio 2026-11-22 ZZ")
    assert said(history, NOON + 400 * DAY) == (Decimal("0.02"), "twilio 2026-11-22 ZZ")


def test_before_the_first_list_a_country_is_unpriced() -> None:
    history = SmsPriceHistory([dated("0.01", NOON)])
    assert said(history, NOON - TICK) is NoPrice.UNKNOWN_COUNTRY


def test_the_operators_list_wins_over_the_shipped_one_and_twilios_over_both() -> None:
    own = [country("0.5", "GB")]
    assert said(SmsPriceHistory(), NOON, "GB") == (Decimal("0.040"), "shipped twilio 2016-11-09 GB")
    assert said(SmsPriceHistory(own=own), NOON, "GB") == (Decimal("0.5"), "own list GB")
    history = SmsPriceHistory([dated("0.01", NOON, "GB")], own)
    assert said(history, NOON - TICK, "GB") == (Decimal("0.5"), "own list GB")
    assert said(history, NOON, "GB") == (Decimal("0.01"), "twilio 2026-11-21 GB")


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20, unique=True), st.integers(0, 60))
def test_a_later_list_never_re_prices_the_past(days: list[int], asked: int) -> None:
    at = NOON + asked * DAY
    lists = [dated(f"0.{day + 1:03d}", NOON + day * DAY) for day in days]
    past = [each for each in lists if each.valid_from <= at]
    assert said(SmsPriceHistory(lists), at) == said(SmsPriceHistory(past), at)


def test_a_country_that_nobody_knows_is_unpriced_by_its_name() -> None:
    assert SmsPriceHistory().price(sms(NOON, "AQ")) == Unpriced(NoPrice.UNKNOWN_COUNTRY, "AQ")
    assert SmsPriceHistory().price(sms(NOON, None)) == Unpriced(NoPrice.UNKNOWN_COUNTRY, "none")


def test_the_fate_of_a_message_needs_no_list() -> None:
    canceled = SmsPriceHistory().price(sms(NOON, None)._replace(status=Status.CANCELED))
    assert isinstance(canceled, Priced)
    assert canceled.cost_usd == 0


def test_either_tier_counts() -> None:
    history = SmsPriceHistory([dated("0.01", NOON)], tier=Tier.BASE)
    assert said(history, NOON) == (Decimal(1), "twilio 2026-11-21 ZZ")


def test_lists_are_good_until_they_are_stale() -> None:
    history = SmsPriceHistory([dated("0.01", NOON - DAY), dated("0.01", NOON - 2 * DAY, "YY")])
    assert history.countries == {"ZZ", "YY"}
    assert history.standing(["ZZ"], NOON, 60) == Standing(0, fallback=False)
    assert history.standing(["ZZ", "YY"], NOON, 86_400) == Standing(86_400, fallback=False)
    assert history.standing(["ZZ", "YY"], NOON, 86_399) == Standing(86_400, fallback=True)


def test_a_shipped_list_is_as_old_as_it_says() -> None:
    age_s = (NOON - datetime(2016, 11, 9, tzinfo=UTC)).total_seconds()
    assert SmsPriceHistory().standing(["GB"], NOON, 60) == Standing(age_s, fallback=True)


def test_a_country_without_any_list_is_a_fallback_without_an_age() -> None:
    assert SmsPriceHistory().standing(["AQ"], NOON, 60) == Standing(None, fallback=True)


def test_where_no_country_is_in_use_nothing_stands_in() -> None:
    assert SmsPriceHistory().standing([], NOON, 60) == Standing(None, fallback=False)


def test_every_shipped_list_has_prices_and_a_date() -> None:
    found = {each.country.iso_country: each.as_of for each in shipped_lists()}
    assert found == {"GB": date(2016, 11, 9), "US": date(2026, 11, 9)}


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("number_type", ["local", "toll-free", "shortcode", None])
def test_the_shipped_price_of_the_us_is_the_same_for_every_network(
    direction: Direction, number_type: str | None
) -> None:
    for network in ((None, None), ("310", "410")):
        cost = SmsPriceHistory().price(Sms(direction, "US", 2, NOON, number_type, *network))
        assert isinstance(cost, Priced)
        assert cost.low_usd == cost.cost_usd == cost.high_usd == Decimal("0.0166")
