"""How far a scan by integer ids has read, and the ids behind that point which it has not seen yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

MAX_GAPS = 100_000
"""Ranges remembered; the oldest are given up beyond that, see `crowded_out`."""


class Gap(NamedTuple):
    """Ids `low` to `high`, missing when the scan went past them.

    A sequence hands out ids before their rows commit, so a missing id may be a row still to come, or one rolled
    back or deleted. `since_s` is when it was found, or the time of the row behind it where that is earlier: the id was
    taken before. `bound` is above every transaction that ran when the gap was found.
    """

    low: int
    high: int
    since_s: float
    bound: int


class Cursor(NamedTuple):
    """Everything behind `first` and up to `id` was read, but for `gaps`.

    While older rows are filled in, `back` is how far that has come; it began behind `began` and ends at `first`.
    """

    id: int = 0
    gaps: tuple[Gap, ...] = ()
    first: int = 0
    back: int | None = None
    began: int = 0

    @property
    def place(self) -> int:
        """The id behind which reading goes on."""
        return self.id if self.back is None else self.back

    @property
    def end(self) -> int | None:
        """The last id to read, where it does not go on to the end of the table."""
        return None if self.back is None else self.first

    def to_json(self) -> str:
        """What is stored; gaps found together share their time and bound."""
        groups = groupby(self.gaps, key=lambda gap: (round(gap.since_s), gap.bound))
        gaps = [
            [since_s, bound, [[gap.low, gap.high] for gap in found]] for (since_s, bound), found in groups
        ]
        state = {"id": self.id, "gaps": gaps, "first": self.first, "back": self.back, "began": self.began}
        return msgspec.json.encode(state).decode()


def from_json(text: str) -> Cursor:
    """The cursor that `to_json` wrote; `{}` is a scan that never ran."""
    data = msgspec.json.decode(text)
    gaps: list[Gap] = []
    for one in data.get("gaps", ()):
        if len(one) == len(Gap._fields):  # As the first versions wrote it, one by one.
            gaps.append(Gap(*one))
            continue
        since_s, bound, ranges = one
        gaps += (Gap(low, high, since_s, bound) for low, high in ranges)
    return Cursor(
        data.get("id", 0), tuple(gaps), data.get("first", 0), data.get("back"), data.get("began", 0)
    )


def gaps_between(last: int, rows: Iterable[tuple[int, float]], now_s: float, bound: int) -> list[Gap]:
    """What ids, ascending and each with its row's time in seconds, jump over."""
    gaps: list[Gap] = []
    for row_id, at_s in rows:
        if row_id > last + 1:
            gaps.append(Gap(last + 1, row_id - 1, min(now_s, at_s), bound))
        last = row_id
    return gaps


def advance(cursor: Cursor, last: int, gaps: Iterable[Gap]) -> Cursor:
    """Move to `last`, remembering the newest gaps."""
    remembered = (*cursor.gaps, *gaps)[-MAX_GAPS:]
    if cursor.back is None:
        return cursor._replace(id=last, gaps=remembered)
    if last < cursor.first:
        return cursor._replace(back=last, gaps=remembered)
    return Cursor(cursor.id, remembered, first=cursor.began)


def crowded_out(cursor: Cursor, gaps: Sequence[Gap], now_s: float, patience_s: float) -> int:
    """How many ranges `advance` has no room for, of those that are still waited for."""
    return sum(now_s - gap.since_s < patience_s for gap in (*cursor.gaps, *gaps)[:-MAX_GAPS])


def backdated(cursor: Cursor, before: int) -> Cursor:
    """The cursor that also reads what lies behind the id `before`, as far as it was not read already."""
    if cursor == Cursor():
        return Cursor(before, first=before)
    if before >= cursor.first or cursor.back is not None:
        return cursor
    return cursor._replace(back=before, began=before)


def fill(cursor: Cursor, ids: Sequence[int]) -> Cursor:
    """Take `ids` that appeared out of the gaps."""
    appeared = sorted(ids)
    gaps: list[Gap] = []
    place = 0
    for gap in sorted(cursor.gaps):
        low = gap.low
        while place < len(appeared) and appeared[place] <= gap.high:
            if appeared[place] >= low:
                if appeared[place] > low:
                    gaps.append(gap._replace(low=low, high=appeared[place] - 1))
                low = appeared[place] + 1
            place += 1
        if low <= gap.high:
            gaps.append(gap._replace(low=low))
    return cursor._replace(gaps=tuple(gaps))


def settle(cursor: Cursor, now_s: float, xmin: int, patience_s: float) -> Cursor:
    """Give up gaps that nobody can fill any more.

    `xmin` is the oldest transaction that ran before the last look. The patience covers ids that were taken before
    their transaction had a number, as by programs that fetch ids in blocks.
    """
    kept = tuple(gap for gap in cursor.gaps if gap.bound > xmin or now_s - gap.since_s < patience_s)
    return cursor._replace(gaps=kept)
