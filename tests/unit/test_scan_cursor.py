"""The scan's cursor: every id is either behind it and seen, or remembered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.scans.cursor import MAX_GAPS, Cursor, Gap, advance, fill, from_json, settle

IDS = st.sets(st.integers(1, 60), max_size=60)


def missing(cursor: Cursor) -> set[int]:
    return {number for gap in cursor.gaps for number in range(gap.low, gap.high + 1)}


@given(IDS)
def test_what_was_jumped_over_is_remembered(seen: set[int]) -> None:
    cursor = advance(Cursor(), sorted(seen), 0.0, 9)
    assert cursor.id == max(seen, default=0)
    assert missing(cursor) == set(range(1, cursor.id)) - seen


@given(IDS, st.data())
def test_what_appears_is_remembered_no_more(seen: set[int], data: st.DataObject) -> None:
    cursor = advance(Cursor(), sorted(seen), 0.0, 9)
    late = data.draw(st.sets(st.sampled_from(sorted(missing(cursor)))) if missing(cursor) else st.just(set()))
    assert missing(fill(cursor, sorted(late))) == missing(cursor) - late


@given(IDS)
def test_reading_in_two_pages_equals_reading_in_one(seen: set[int]) -> None:
    ids = sorted(seen)
    half = advance(Cursor(), ids[: len(ids) // 2], 0.0, 9)
    assert advance(half, ids[len(ids) // 2 :], 0.0, 9) == advance(Cursor(), ids, 0.0, 9)


@given(IDS, st.integers(1, 5))
def test_a_cursor_survives_being_written_down(seen: set[int], version: int) -> None:
    cursor = advance(Cursor(), sorted(seen), 12.5, 9)._replace(version=version)
    assert from_json(cursor.to_json(), version) == cursor


def test_a_scan_that_never_ran_begins_at_the_first_row() -> None:
    assert from_json("{}", 0) == Cursor()


def test_a_gap_stays_while_a_transaction_that_could_fill_it_runs() -> None:
    cursor = Cursor(9, (Gap(3, 3, 0.0, xmax=100),))
    assert settle(cursor, now_s=10_000, xmin=99, patience_s=60).gaps == cursor.gaps
    assert settle(cursor, now_s=10_000, xmin=100, patience_s=60).gaps == ()


def test_a_gap_stays_for_the_patience_even_without_a_transaction() -> None:
    cursor = Cursor(9, (Gap(3, 3, 0.0, xmax=100),))
    assert settle(cursor, now_s=59, xmin=200, patience_s=60).gaps == cursor.gaps
    assert settle(cursor, now_s=60, xmin=200, patience_s=60).gaps == ()


def test_gaps_are_bounded_and_the_newest_are_kept() -> None:
    ids = range(2, 2 * MAX_GAPS + 10, 2)
    cursor = advance(Cursor(), list(ids), 0.0, 9)
    assert len(cursor.gaps) == MAX_GAPS
    assert cursor.gaps[-1].high == ids[-1] - 1
