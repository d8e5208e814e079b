"""Which time an answer is about: presets, a number of days, or dates; whole days of UTC unless a zone is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from exporter.api.answer import Answer
from exporter.api.endpoint import Parameters
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.rollup_query import Period

LONGEST_DAYS = 366
_DAY = timedelta(days=1)
_PRESETS = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
Clock = Callable[[], datetime]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone of the IANA database, such as Europe/Berlin") from None
    return name


class Days(NamedTuple):
    """Days in a row, the last included, in a time zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def period(self) -> Period:
        """From the first midnight to the one after the last day."""
        return Period(self._midnight(self.first), self._midnight(self.last + _DAY))

    @property
    def all(self) -> list[date]:
        """Each of them."""
        return [self.first + at * _DAY for at in range((self.last - self.first).days + 1)]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


class PeriodAnswer(Answer):
    """The time that an answer is about."""

    start: datetime = Field(description="The first moment.")
    end: datetime = Field(description="The last second.")
    days: int = Field(description="How many days that is.")


def said(days: Days) -> PeriodAnswer:
    """The days as an answer tells them."""
    start, end = days.period
    return PeriodAnswer(start=start, end=end - timedelta(seconds=1), days=len(days.all))


class LastDays(Parameters):
    """The newest days, today included."""

    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS, description="How many days, today included.")] = 30

    def chosen(self, now: datetime) -> Days:
        """The days of UTC."""
        today = now.astimezone(UTC).date()
        return Days(today - (self.days - 1) * _DAY, today, ZoneInfo("UTC"))


class Dates(Parameters):
    """Dates, both included; 30 days back to today where they are left out."""

    start_date: Annotated[
        date | None,
        Field(description="First day; 30 days before the last by default.", examples=["2026-10-01"]),
    ] = None
    end_date: Annotated[
        date | None, Field(description="Last day; today by default.", examples=["2026-10-31"])
    ] = None
    tz: Annotated[
        str,
        Field(max_length=64, description="IANA time zone of the days.", examples=["Europe/Berlin"]),
        AfterValidator(_known_zone),
    ] = "UTC"

    def chosen(self, now: datetime) -> Days:
        """The days.

        Raises:
            Refusal: they are the wrong way round, or too many.
        """
        zone = ZoneInfo(self.tz)
        last = self.end_date or now.astimezone(zone).date()
        first = self.start_date or last - min(30 * _DAY, last - date.min)
        if first > last:
            raise Refusal(RefusalReason.BAD_PARAMETER, "start_date is after end_date")
        if (last - first).days >= LONGEST_DAYS or first.year < 2000 or last.year > 2200:
            raise Refusal(RefusalReason.BAD_PARAMETER, f"at most {LONGEST_DAYS} days, after 2000")
        return Days(first, last, zone)


class Range(Dates):
    """A preset, or dates in its place."""

    time_range: Annotated[
        Literal["7d", "30d", "90d", "1y"] | None,
        Field(description="Newest days, today included; 30d by default."),
    ] = None

    def chosen(self, now: datetime) -> Days:
        """The days.

        Raises:
            Refusal: a preset and dates, dates the wrong way round, or too many days.
        """
        if self.start_date is not None or self.end_date is not None:
            if self.time_range is not None:
                raise Refusal(RefusalReason.BAD_PARAMETER, "give time_range or dates, not both")
            return super().chosen(now)
        zone = ZoneInfo(self.tz)
        today = now.astimezone(zone).date()
        return Days(today - (_PRESETS[self.time_range or "30d"] - 1) * _DAY, today, zone)
