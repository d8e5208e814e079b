"""How far a scan has read, and the ids behind that point which it has not seen yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

MAX_GAPS = 10_000


class Gap(NamedTuple):
    """Ids `low` to `high`, missing when the scan went past them.

    A sequence hands out ids before their rows commit, so a missing id may be a row still to come, or one rolled
    back. `xmax` is the first transaction id not yet given when the gap was found.
    """

    low: int
    high: int
    found_s: float
    xmax: int


class Cursor(NamedTuple):
    """Everything up to `id` was read, but for `gaps`; `version` guards the write."""

    id: int = 0
    gaps: tuple[Gap, ...] = ()
    version: int = 0

    def to_json(self) -> str:
        """What is stored; the version has a column of its own."""
        return msgspec.json.encode({"id": self.id, "gaps": self.gaps}).decode()


def from_json(text: str, version: int) -> Cursor:
    """The cursor that `to_json` wrote; version 0 is a scan that never ran."""
    if version == 0:
        return Cursor()
    data = msgspec.json.decode(text)
    return Cursor(data["id"], tuple(Gap(*gap) for gap in data["gaps"]), version)


def advance(cursor: Cursor, ids: Sequence[int], now_s: float, xmax: int) -> Cursor:
    """Move past `ids`, ascending and all above the cursor, remembering what they jumped over."""
    gaps = list(cursor.gaps)
    last = cursor.id
    for row_id in ids:
        if row_id > last + 1:
            gaps.append(Gap(last + 1, row_id - 1, now_s, xmax))
        last = row_id
    return cursor._replace(id=last, gaps=tuple(gaps[-MAX_GAPS:]))


def fill(cursor: Cursor, ids: Sequence[int]) -> Cursor:
    """Take `ids` that appeared out of the gaps."""
    appeared = sorted(ids)
    gaps: list[Gap] = []
    for gap in cursor.gaps:
        low = gap.low
        for row_id in appeared:
            if low <= row_id <= gap.high:
                if row_id > low:
                    gaps.append(gap._replace(low=low, high=row_id - 1))
                low = row_id + 1
        if low <= gap.high:
            gaps.append(gap._replace(low=low))
    return cursor._replace(gaps=tuple(gaps))


def settle(cursor: Cursor, now_s: float, xmin: int, patience_s: float) -> Cursor:
    """Give up gaps that no running transaction can fill any more.

    `xmin` is the oldest transaction still running. The patience covers ids taken before a transaction id was, as
    by programs that fetch ids in blocks.
    """
    kept = tuple(gap for gap in cursor.gaps if gap.xmax > xmin or now_s - gap.found_s < patience_s)
    return cursor._replace(gaps=kept)
