"""The forecast against 200 months whose end is known."""

from statistics import median
from time import process_time

import pytest

from tests.unit.spend.foretold import forecast_of
from tests.unit.spend.synthetic_months import SyntheticMonth, synthetic_months

MONTHS = 200


def inside(month: SyntheticMonth) -> bool:
    found = forecast_of(month.seen, month.now)
    assert found
    return found.low_usd <= month.actual_usd <= found.high_usd


def error_ratio(month: SyntheticMonth) -> float:
    found = forecast_of(month.seen, month.now)
    assert found
    return abs(found.expected_usd - month.actual_usd) / month.actual_usd


def test_the_interval_of_nine_in_ten_holds_of_200_months(capsys: pytest.CaptureFixture[str]) -> None:
    began_s = process_time()
    months = list(synthetic_months(20261121, MONTHS))
    covered_ratio = sum(map(inside, months)) / MONTHS
    errors = sorted(map(error_ratio, months))
    with capsys.disabled():
        print(
            f"\nforecast of {MONTHS} months: interval holds {covered_ratio:.1%}, "
            f"median error {median(errors):.1%}, 9 of 10 below {errors[MONTHS * 9 // 10]:.1%}"
        )
    assert 0.85 <= covered_ratio <= 0.95
    assert median(errors) < 0.06
    assert process_time() - began_s < 5


@pytest.mark.parametrize("seed", range(4))
def test_it_holds_of_other_months_too(seed: int) -> None:
    covered = sum(map(inside, synthetic_months(seed, MONTHS)))
    assert 0.85 <= covered / MONTHS <= 0.96


@pytest.mark.parametrize("history_days", [3, 5, 7, 14])
def test_few_days_of_history_give_an_interval_that_is_wide_enough(history_days: int) -> None:
    months = [
        month
        for month in synthetic_months(7, MONTHS, history_days=history_days)
        if forecast_of(month.seen, month.now)
    ]
    assert len(months) > MONTHS * 0.9
    assert sum(map(inside, months)) / len(months) >= 0.85


def test_fewer_days_of_history_give_a_wider_interval() -> None:
    def width(history_days: int) -> float:
        found = (
            forecast_of(month.seen, month.now)
            for month in synthetic_months(7, MONTHS, history_days=history_days)
        )
        return median((one.high_usd - one.low_usd) / one.expected_usd for one in found if one)

    assert width(3) > width(14) > width(56)
