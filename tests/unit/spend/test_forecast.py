"""The forecast of a month where the answer can be told by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.spend.forecast import FEWEST_DAYS, Forecast, month_to_date
from tests.unit.spend.foretold import forecast_of

DAY = timedelta(days=1)
NOVEMBER = date(2026, 11, 1)
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
TODAY = NOON.date()


def even(days: int, until: date = TODAY, amount_usd: str = "10") -> dict[date, Decimal]:
    return {until - number * DAY: Decimal(amount_usd) for number in range(1, days + 1)}


def foretold(days: dict[date, Decimal], now: datetime = NOON) -> Forecast:
    found = forecast_of(days, now)
    assert found
    return found


def test_the_month_to_date_is_exact_and_of_this_month_only() -> None:
    days = {date(2026, 10, 31): Decimal(99), NOVEMBER: Decimal("0.1"), date(2026, 11, 16): Decimal("0.2")}
    assert month_to_date(days, NOON) == Decimal("0.3")


def test_a_day_ahead_of_the_clock_is_not_spent_yet() -> None:
    assert month_to_date({TODAY + DAY: Decimal(5)}, NOON) == 0


def test_the_same_month_of_another_year_does_not_count() -> None:
    assert month_to_date({date(2025, 11, 3): Decimal(5)}, NOON) == 0


def test_an_even_month_ends_where_its_pace_leads() -> None:
    days = even(80) | {TODAY: Decimal(5)}
    assert foretold(days).expected_usd == pytest.approx(300)


def test_the_interval_holds_the_expected_cost_and_nothing_below_what_is_spent() -> None:
    found = foretold(even(80))
    assert 150 < found.low_usd < found.expected_usd < found.high_usd


def test_the_interval_narrows_as_the_month_goes_on() -> None:
    def width(day: int) -> float:
        now = datetime(2026, 11, day, tzinfo=UTC)
        found = foretold(even(80, now.date()), now)
        return found.high_usd - found.low_usd

    assert width(2) > width(10) > width(20) > width(30)


def test_at_the_last_second_the_forecast_is_what_was_spent() -> None:
    last = datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    found = foretold(even(80, date(2026, 12, 1)), last)
    assert found == pytest.approx((300, 300, 300), rel=1e-6)


def test_a_month_that_begins_has_a_forecast_from_the_one_before() -> None:
    first = datetime(2026, 11, 1, tzinfo=UTC)
    assert foretold(even(60, first.date()), first).expected_usd == pytest.approx(300)


def test_weekends_that_cost_nothing_are_expected_to_cost_nothing() -> None:
    weekdays = {day: amount for day, amount in even(84).items() if day.weekday() < 5}
    left = [TODAY + number * DAY for number in range(1, 15)]
    spent = sum(1 for day in weekdays if day >= NOVEMBER) * 10
    expected_usd = spent + 5 + 10 * sum(1 for day in left if day.weekday() < 5)
    assert foretold(weekdays).expected_usd == pytest.approx(expected_usd, rel=0.03)


def test_one_odd_day_hardly_moves_the_rest_of_the_month() -> None:
    days = even(80)
    odd = days | {date(2026, 11, 10): Decimal(500)}
    assert foretold(odd).expected_usd - foretold(days).expected_usd < 490 * 1.5
    assert foretold(odd).high_usd > foretold(days).high_usd + 490


def test_a_missing_day_hardly_moves_the_rest_of_the_month() -> None:
    days = even(80)
    gap = {day: amount for day, amount in days.items() if day != date(2026, 10, 20)}
    assert foretold(gap).expected_usd == pytest.approx(foretold(days).expected_usd, rel=0.03)


@pytest.mark.parametrize("days", range(FEWEST_DAYS))
def test_with_too_few_days_there_is_no_forecast(days: int) -> None:
    assert forecast_of(even(days), NOON) is None


def test_what_was_spent_today_alone_is_no_history() -> None:
    assert forecast_of({TODAY: Decimal(10)}, NOON) is None


def test_what_cost_nothing_so_far_has_no_forecast() -> None:
    assert forecast_of(even(20, amount_usd="0"), NOON) is None


def test_what_stopped_long_ago_is_expected_to_stay_away() -> None:
    stopped = even(20, until=TODAY - 40 * DAY)
    assert foretold(stopped).expected_usd < 15


def test_days_older_than_twelve_weeks_say_nothing() -> None:
    old = {TODAY - 100 * DAY - number * DAY: Decimal(10_000) for number in range(30)}
    assert foretold(even(84) | old) == foretold(even(84))


@given(
    amounts=st.lists(st.decimals(0, 10**6, places=4), min_size=3, max_size=120),
    hours=st.integers(0, 24 * 30 - 1),
)
def test_whatever_was_spent_the_bounds_are_in_order_and_finite(amounts: list[Decimal], hours: int) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours)
    days = {now.date() - number * DAY: amount for number, amount in enumerate(amounts)}
    found = forecast_of(days, now)
    spent_usd = float(month_to_date(days, now))
    if found:
        assert spent_usd <= found.low_usd <= found.expected_usd <= found.high_usd < float("inf")


@given(factor=st.sampled_from([2, 1024, 4096]))
def test_a_currency_of_other_size_gives_the_same_forecast_in_that_size(factor: int) -> None:
    days = {day: Decimal(8 + day.day % 7) for day in even(60)}
    larger = {day: amount * factor for day, amount in days.items()}
    assert foretold(larger) == pytest.approx(tuple(amount * factor for amount in foretold(days)))
