"""What is usual, and how far an amount stands above it."""

from datetime import date, timedelta

import pytest

from exporter.spend.baseline import Baseline, baseline

MONDAY = date(2026, 9, 7)
WEEK = (100.0, 110.0, 120.0, 110.0, 100.0, 20.0, 10.0)


def learnt(amounts_usd: list[float]) -> Baseline:
    found = baseline(amounts_usd, MONDAY)
    assert found
    return found


def test_the_shape_of_the_week_is_learnt() -> None:
    usual = learnt([*WEEK * 10])
    for weekday, amount_usd in enumerate(WEEK):
        day = MONDAY + timedelta(days=70 + weekday)
        assert usual.usual_usd(day) == pytest.approx(amount_usd, rel=0.12, abs=8)


def test_a_week_that_begins_on_another_day_has_the_same_shape() -> None:
    usual = baseline([*WEEK[3:], *WEEK * 9], MONDAY + timedelta(days=3))
    assert usual
    assert usual.weekday_ratio.index(max(usual.weekday_ratio)) == 2


def test_few_days_hardly_shape_the_week() -> None:
    assert max(learnt([*WEEK]).weekday_ratio) < 1.3


def test_a_series_of_nothing_has_no_baseline() -> None:
    assert baseline([0.0] * 30, MONDAY) is None
    assert baseline([], MONDAY) is None


def test_a_new_level_is_followed() -> None:
    assert learnt([10.0] * 30 + [20.0] * 40).level_usd == pytest.approx(20, rel=0.1)


def test_a_spike_leaves_the_level_where_it_was() -> None:
    usual = learnt([10.0] * 40 + [1_000.0] + [10.0] * 5)
    assert usual.level_usd == pytest.approx(10, rel=0.2)
    assert usual.stray_usd > 50


def test_a_usual_day_is_no_spike_and_a_tenfold_one_is() -> None:
    usual = learnt([10.0, 11.0, 9.0, 10.0, 12.0, 8.0, 10.0] * 8)
    today = MONDAY + timedelta(days=56)
    assert abs(usual.spike_score(today, 10.0)) < 1
    assert usual.spike_score(today, 100.0) > 20


def test_the_spikes_of_the_past_do_not_hide_a_new_one() -> None:
    spiky = [10.0] * 70
    spiky[20] = spiky[45] = 200.0
    assert learnt(spiky).spike_score(MONDAY + timedelta(days=70), 100.0) > 20


def test_an_even_series_has_a_score_that_is_not_endless() -> None:
    assert learnt([10.0] * 70).spike_score(MONDAY, 10.5) == pytest.approx(1, rel=0.1)


def test_a_series_of_zeros_with_one_amount_can_be_learnt() -> None:
    assert learnt([0.0] * 30 + [5.0] + [0.0] * 30).days == 61
