"""POST /logs: when a line happened, and by that whether it is one that came before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from exporter.errors import Reason
from exporter.sources.log_rule import LogRule
from tests.unit.sources.log_read import LEVEL_RULE, event, parked_reason, read
from tests.unit.sources.sent import NOW


def test_an_event_id_is_the_key_and_without_one_there_is_none():
    lines = [{"event": "x", "id": "e1"}, {"event": "x"}]
    batch = read(lines, LogRule(**LEVEL_RULE, fields={"event_id": "id"}))
    assert [(s.key, s.source) for s in batch.submissions] == [("e1", "log"), (None, "log")]


TIMED = {"event": "x", "time": "2026-08-01T00:00:00Z"}


def keys(lines: list[dict[str, Any]], **rule: Any) -> list[str | None]:
    return [submission.key for submission in read(lines, LogRule(**LEVEL_RULE | rule)).submissions]


def test_a_repeated_request_has_the_same_keys_and_equal_lines_in_it_have_their_own():
    first = keys([TIMED, TIMED])
    assert keys([TIMED, TIMED]) == first
    assert len(set(first)) == 2


def test_other_lines_at_another_time_have_another_key():
    later = TIMED | {"time": "2026-08-01T00:00:01Z"}
    assert not {*keys([TIMED])} & {*keys([later])}


def test_a_line_that_does_not_say_when_has_no_key_because_it_may_be_another_one():
    assert keys([{"event": "x"}, TIMED])[0] is None


def test_a_step_of_a_message_has_its_message_and_status_as_its_key():
    step = {
        "kind": "message",
        "set": {"channel": "sms", "provider": "p", "direction": "outbound", "status": "sent"},
    }
    assert keys([TIMED | {"id": "m1"}], **step, fields={"message_id": "id"}) == [None]
    assert keys([TIMED], **step) != [None]


AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
EPOCH = int(AUGUST.timestamp())


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ({"timestamp": "2026-08-01T00:00:00Z"}, AUGUST),
        ({"time": "2026-08-01T02:00:00+02:00"}, AUGUST),
        ({"ts": EPOCH}, AUGUST),
        ({"ts": EPOCH + 0.0}, AUGUST),
        ({"@timestamp": EPOCH * 1000}, AUGUST),
        ({"time": EPOCH * 10**6}, AUGUST),
        ({"time": EPOCH * 10**9}, AUGUST),
        ({"timestamp": "soon", "ts": EPOCH}, AUGUST),
        ({"time": "2026-08-01 00:00:00,123"}, NOW),
        ({"time": True}, NOW),
        ({"time": -1}, NOW),
        ({"time": 1e300}, NOW),
        ({"time": None}, NOW),
        ({}, NOW),
    ],
)
def test_the_time_of_a_line_is_found_under_common_names(line, at):
    assert event(line).at == at


def test_a_rules_own_time_comes_before_the_common_names():
    assert event({"when": EPOCH, "time": "2026-01-01T00:00:00Z"}, fields={"at": "when"}).at == AUGUST
    assert event({"time": EPOCH}, fields={"at": "when"}).at == AUGUST


@pytest.mark.parametrize("when", ["soon", "2026-08-01T00:00:00", "1999-01-01T00:00:00Z", 0, True, {}])
def test_a_rules_own_time_that_cannot_be_is_refused(when):
    assert parked_reason({"when": when}, fields={"at": "when"}) is Reason.BAD_TIMESTAMP
