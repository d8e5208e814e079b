"""The scan's cursor: every id is either behind it and seen, or remembered."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from exporter.scans.cursor import (
    MAX_GAPS,
    Cursor,
    Gap,
    advance,
    crowded_out,
    fill,
    from_json,
    gaps_between,
    settle,
)

IDS = st.sets(st.integers(1, 60), max_size=60)
NOW_S = 1_000.0


def missing(cursor: Cursor) -> set[int]:
    return {number for gap in cursor.gaps for number in range(gap.low, gap.high + 1)}


def read(cursor: Cursor, ids: Sequence[int]) -> Cursor:
    """The cursor after a page of rows that are as old as now."""
    gaps = gaps_between(cursor.id, [(row_id, NOW_S) for row_id in ids], NOW_S, 9)
    return advance(cursor, ids[-1] if ids else cursor.id, gaps)


@given(IDS)
def test_what_was_jumped_over_is_remembered(seen: set[int]) -> None:
    cursor = read(Cursor(), sorted(seen))
    assert cursor.id == max(seen, default=0)
    assert missing(cursor) == set(range(1, cursor.id)) - seen


@given(IDS, st.data())
def test_what_appears_is_remembered_no_more(seen: set[int], data: st.DataObject) -> None:
    cursor = read(Cursor(), sorted(seen))
    late = data.draw(st.sets(st.sampled_from(sorted(missing(cursor)))) if missing(cursor) else st.just(set()))
    assert missing(fill(cursor, sorted(late))) == missing(cursor) - late


@given(IDS)
def test_reading_in_two_pages_equals_reading_in_one(seen: set[int]) -> None:
    ids = sorted(seen)
    half = read(Cursor(), ids[: len(ids) // 2])
    assert read(half, ids[len(ids) // 2 :]) == read(Cursor(), ids)


@given(IDS)
def test_a_cursor_survives_being_written_down(seen: set[int]) -> None:
    cursor = read(Cursor(), sorted(seen))
    assert from_json(cursor.to_json()) == cursor


def test_a_cursor_of_the_first_versions_is_read() -> None:
    old = '{"id": 9, "gaps": [[3, 4, 12.5, 100], [7, 7, 13.5, 101]]}'
    assert from_json(old) == Cursor(9, (Gap(3, 4, 12.5, 100), Gap(7, 7, 13.5, 101)))


def test_a_gap_is_as_old_as_the_row_behind_it_where_that_is_older_than_now() -> None:
    found = gaps_between(0, [(2, 10.0), (4, NOW_S + 99)], NOW_S, 9)
    assert [gap.since_s for gap in found] == [10.0, NOW_S]


def test_a_scan_that_never_ran_begins_at_the_first_row() -> None:
    assert from_json("{}") == Cursor()


def test_a_gap_stays_while_a_transaction_that_could_fill_it_runs() -> None:
    cursor = Cursor(9, (Gap(3, 3, 0.0, bound=100),))
    assert settle(cursor, now_s=10_000, xmin=99, patience_s=60).gaps == cursor.gaps
    assert settle(cursor, now_s=10_000, xmin=100, patience_s=60).gaps == ()


def test_a_gap_stays_for_the_patience_even_without_a_transaction() -> None:
    cursor = Cursor(9, (Gap(3, 3, 0.0, bound=100),))
    assert settle(cursor, now_s=59, xmin=200, patience_s=60).gaps == cursor.gaps
    assert settle(cursor, now_s=60, xmin=200, patience_s=60).gaps == ()


def test_gaps_are_bounded_and_the_newest_are_kept() -> None:
    ids = range(2, 2 * MAX_GAPS + 10, 2)
    cursor = read(Cursor(), ids)
    assert len(cursor.gaps) == MAX_GAPS
    assert cursor.gaps[-1].high == ids[-1] - 1


def test_ranges_without_room_are_told_if_they_were_still_waited_for() -> None:
    old, young = Gap(1, 1, 0.0, 9), Gap(3, 3, NOW_S, 9)
    full = Cursor(9, (old, young, *(Gap(n, n, NOW_S, 9) for n in range(5, 2 * MAX_GAPS, 2))))
    assert len(full.gaps) == MAX_GAPS
    assert crowded_out(full, [], NOW_S, 60) == 0
    assert crowded_out(full, [young], NOW_S, 60) == 0
    assert crowded_out(full, [young, young], NOW_S, 60) == 1
