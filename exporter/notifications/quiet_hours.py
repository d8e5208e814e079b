"""When a person may be disturbed again: pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from exporter.ledger.notifications import QuietHours

_DAY = timedelta(days=1)


def awake_at(now: datetime, quiet: QuietHours | None) -> datetime:
    """`now`, or the end of the quiet hours that it falls into; aware UTC.

    Hours may pass midnight. An end that clocks skip comes when they have skipped it, one that comes twice the
    second time, so that nobody is woken early.
    """
    if quiet is None or quiet.begin == quiet.end:
        return now
    today = now.astimezone(ZoneInfo(quiet.time_zone)).date()
    for day in (today - _DAY, today):
        last_day = day if quiet.begin < quiet.end else day + _DAY
        begins, ends = _instant(day, quiet.begin, quiet, 0), _instant(last_day, quiet.end, quiet, 1)
        if begins <= now < ends:
            return ends
    return now


def _instant(day: date, at: time, quiet: QuietHours, fold: int) -> datetime:
    local = datetime.combine(day, at.replace(fold=fold), ZoneInfo(quiet.time_zone))
    # Of a time that clocks skip, the first reading is the later one.
    first = local.replace(fold=0).astimezone(UTC)
    return max(first, local.astimezone(UTC)) if fold else first
