"""Pending, firing and kept firing: the states of Prometheus."""

import random

import pytest

from exporter.backtest.episodes import Span, Waits, episodes, lengthen, union, waits_of
from exporter.backtest.rule_file import Alert


def fired(runs: list[tuple[int, int]], hold: int = 0, keep: int = 0) -> list[tuple[int, int]]:
    return [tuple(span) for span in episodes([Span(*run) for run in runs], Waits(hold, keep))]


def test_without_a_wait_it_fires_at_once_and_stops_at_once() -> None:
    assert fired([(3, 7)]) == [(3, 7)]


def test_it_fires_once_it_has_held_for_its_wait() -> None:
    assert fired([(3, 7)], hold=3) == [(6, 7)]


def test_what_ends_before_its_wait_is_over_never_fires() -> None:
    assert fired([(3, 6), (7, 10)], hold=3) == []


def test_every_gap_starts_the_wait_anew() -> None:
    assert fired([(0, 9), (10, 19)], hold=4) == [(4, 9), (14, 19)]


def test_it_is_kept_firing_after_the_last() -> None:
    assert fired([(0, 5)], keep=4) == [(0, 9)]


@pytest.mark.parametrize("back_at", [6, 8, 9])
def test_coming_back_while_it_is_kept_firing_is_the_same_episode(back_at: int) -> None:
    assert fired([(0, 5), (back_at, 12)], hold=2, keep=4) == [(2, 16)]


def test_coming_back_later_is_another_episode_with_a_wait_of_its_own() -> None:
    assert fired([(0, 5), (10, 15)], hold=2, keep=4) == [(2, 9), (12, 19)]


def test_what_was_only_pending_is_not_kept() -> None:
    assert fired([(0, 2), (3, 9)], hold=4, keep=50) == [(7, 59)]


def test_a_part_of_an_interval_takes_a_whole_one() -> None:
    assert waits_of(Alert("A", "up", 50, 61, 30)) == Waits(2, 3)


def test_runs_go_on_where_the_last_piece_ended() -> None:
    runs: list[Span] = []
    lengthen(runs, [1, 2, 3])
    lengthen(runs, [4, 5, 8])
    assert runs == [Span(1, 6), Span(8, 9)]


def test_overlapping_times_are_counted_once() -> None:
    assert list(union([Span(5, 9), Span(0, 3), Span(2, 6), Span(20, 21)])) == [Span(0, 9), Span(20, 21)]


@pytest.mark.parametrize("seed", range(50))
def test_every_history_fires_as_the_state_machine_of_prometheus_does(seed: int) -> None:
    chance = random.Random(seed)
    hold, keep = chance.randrange(4), chance.randrange(4)
    present = [chance.random() < 0.6 for _ in range(60)]
    runs: list[Span] = []
    lengthen(runs, [step for step, there in enumerate(present) if there])
    spans = list(episodes(runs, Waits(hold, keep)))
    assert [any(span.begin <= step < span.end for span in spans) for step in range(60)] == stepped(
        present, hold, keep
    )


def stepped(present: list[bool], hold: int, keep: int) -> list[bool]:
    """Evaluation by evaluation, as rules/alerting.go tells it."""
    state, since, kept_since = "inactive", 0, None
    firing = []
    for step, there in enumerate(present):
        if there:
            kept_since = None
            if state == "inactive":
                state, since = "pending", step
            if state == "pending" and step - since >= hold:
                state = "firing"
        else:
            if state == "firing" and keep and kept_since is None:
                kept_since = step
            if not (state == "firing" and kept_since is not None and step - kept_since < keep):
                state, kept_since = "inactive", None
        firing.append(state == "firing")
    return firing
