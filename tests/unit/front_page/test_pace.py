"""Events per second over the newest minute."""

from __future__ import annotations

from exporter.front_page.pace import Pace


def paced(*samples: tuple[float, int]) -> float | None:
    pace = Pace()
    for sample in samples:
        pace.sample(*sample)
    return pace.per_s


def test_nothing_is_known_before_two_samples() -> None:
    assert paced() is None
    assert paced((0, 5)) is None
    assert paced((1, 5), (1, 9)) is None


def test_it_is_what_came_by_the_time_it_took() -> None:
    assert paced((10, 100), (15, 150), (20, 200)) == 10


def test_what_is_older_than_a_minute_is_forgotten() -> None:
    assert paced(*[(at * 5.0, 1_000_000 if at else 0) for at in range(14)]) == 0


def test_totals_that_begin_again_have_no_negative_pace() -> None:
    assert paced((0, 100), (5, 3)) == 0
