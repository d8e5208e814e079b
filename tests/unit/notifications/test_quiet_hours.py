"""Quiet hours: local, past midnight, and over changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ledger.notifications import QuietHours
from exporter.notifications.quiet_hours import awake_at

NIGHT = QuietHours("Europe/Berlin", time(22), time(7))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "awake"),
    [
        ("2026-11-20T21:59:59+01:00", "2026-11-20T21:59:59+01:00"),
        ("2026-11-20T22:00:00+01:00", "2026-11-21T07:00:00+01:00"),
        ("2026-11-21T00:00:00+01:00", "2026-11-21T07:00:00+01:00"),
        ("2026-11-21T06:59:59+01:00", "2026-11-21T07:00:00+01:00"),
        ("2026-11-21T07:00:00+01:00", "2026-11-21T07:00:00+01:00"),
        # The night of 23 hours, and that of 25.
        ("2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),
    ],
)
def test_a_night_ends_at_its_local_end(now: str, awake: str) -> None:
    assert awake_at(at(now), NIGHT) == at(awake)


def test_hours_within_a_day_end_on_that_day() -> None:
    nap = QuietHours("Asia/Kolkata", time(13), time(14, 30))
    assert awake_at(at("2026-11-20T13:15:00+05:30"), nap) == at("2026-11-20T14:30:00+05:30")
    assert awake_at(at("2026-11-20T12:59:00+05:30"), nap) == at("2026-11-20T12:59:00+05:30")


def test_an_end_that_the_clock_skips_comes_after_the_gap() -> None:
    quiet = QuietHours("Europe/Berlin", time(1), time(2, 30))
    assert awake_at(at("2026-03-29T01:30:00+01:00"), quiet) == at("2026-03-29T03:30:00+02:00")


def test_an_end_that_comes_twice_is_the_second() -> None:
    quiet = QuietHours("Europe/Berlin", time(1), time(2, 30))
    assert awake_at(at("2026-10-25T02:29:00+02:00"), quiet) == at("2026-10-25T02:30:00+01:00")


def test_without_quiet_hours_everybody_is_awake() -> None:
    now = at("2026-11-20T23:00:00+00:00")
    assert awake_at(now, None) == now
    assert awake_at(now, QuietHours("UTC", time(5), time(5))) == now


@given(
    st.timedeltas(timedelta(0), timedelta(days=365)),
    st.times(),
    st.times(),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
)
def test_whoever_waits_is_awake_then_and_never_waits_longer_than_a_day_and_an_hour(
    since: timedelta, begin: time, end: time, zone: str
) -> None:
    quiet = QuietHours(zone, begin.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    moment = datetime(2026, 1, 1, tzinfo=UTC) + since
    awake = awake_at(moment, quiet)
    assert timedelta(0) <= awake - moment <= timedelta(hours=25)
