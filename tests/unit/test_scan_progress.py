"""A long scan says how far it is; a short one says nothing."""

from __future__ import annotations

import pytest

from exporter.scans.progress import ProgressLog


def test_a_line_is_said_every_five_seconds(caplog: pytest.LogCaptureFixture) -> None:
    clock_s = iter([0.0, 1.0, 5.0, 6.0, 9.9, 10.0])
    caplog.set_level("INFO")
    progress = ProgressLog("sms", lambda: next(clock_s))
    for step in range(1, 6):
        progress("messages", step / 5, 500_000)
    assert caplog.messages == [
        "scan sms reads messages: 40%, 1000000 rows so far",
        "scan sms reads messages: 100%, 2500000 rows so far",
    ]


def test_a_table_whose_size_is_not_known_says_its_rows_only(caplog: pytest.LogCaptureFixture) -> None:
    clock_s = iter([0.0, 60.0])
    caplog.set_level("INFO")
    ProgressLog("sms", lambda: next(clock_s))("messages", None, 5_000)
    assert caplog.messages == ["scan sms reads messages: 5000 rows so far"]
