"""The fields of an event: its time, its words, and that a bad one is parked with the name of its field."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from exporter.errors import Reason
from exporter.event import Message
from exporter.sources.action_list import ActionList
from exporter.sources.track import Track
from exporter.vocabulary import Channel, ErrorClass, Status
from tests.unit.sources.sent import NOW, request
from tests.unit.sources.track_read import CREDIT, EXAMPLES, MESSAGE, event, parked, read


def test_the_first_example_is_read_to_the_last_field():
    assert event(EXAMPLES[0]) == Message(
        at=datetime(2026, 11, 20, 10, tzinfo=UTC),
        tenant="acme",
        event_id="m1-sent",
        user="42",
        channel=Channel.SMS,
        provider="twilio",
        direction="outbound",
        status=Status.SENT,
        message_id="SM1",
        message_type="low_balance",
        country="US",
        segments=1,
        processing_seconds=0.8,
        cost_usd=Decimal("0.05"),
    )


def test_an_event_without_a_time_happened_when_it_came():
    assert event(CREDIT).at == NOW


def test_an_events_own_time_counts_in_utc():
    at = event(CREDIT | {"at": "2026-11-20T12:00:00.5+02:00"}).at
    assert (at, at.tzinfo) == (datetime(2026, 11, 20, 10, 0, 0, 500_000, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    "at",
    [
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "287000-01-01T00:00:00Z",
        (NOW + timedelta(days=1, seconds=1)).isoformat(),
        "2026-11-20T10:00:00",
        "2026-11-20",
        "yesterday",
        "",
        1760000000,
        None,
    ],
)
def test_a_time_that_cannot_be_is_refused(at):
    assert parked(CREDIT | {"at": at}).reason is Reason.BAD_TIMESTAMP


@pytest.mark.parametrize("at", ["2000-01-01T00:00:00Z", (NOW + timedelta(days=1)).isoformat()])
def test_the_edges_of_time_are_taken(at):
    assert event(CREDIT | {"at": at}).at == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    ("bad", "reason", "detail"),
    [
        ({}, Reason.MISSING_FIELD, "kind: missing"),
        ({"tenant": "a"}, Reason.MISSING_FIELD, "kind: missing"),
        ({"kind": "nonsense"}, Reason.UNKNOWN_KIND, "kind: not a known value"),
        ({"kind": 5}, Reason.UNKNOWN_KIND, "kind: Expected `str`"),
        ({"kind": "llm", "model": "m"}, Reason.MISSING_FIELD, "provider: missing"),
        (MESSAGE | {"channel": 5}, Reason.BAD_FIELD, "channel: Expected `str`, got `int`"),
        (MESSAGE | {"direction": "up"}, Reason.BAD_FIELD, "direction: not a known value"),
        (MESSAGE | {"tenant": ""}, Reason.BAD_FIELD, "tenant: Expected `str` of length >= 1"),
        (MESSAGE | {"tenant": "x" * 129}, Reason.BAD_FIELD, "tenant: Expected `str` of length <= 128"),
        (MESSAGE | {"tenant": "a\0b"}, Reason.BAD_FIELD, "tenant: holds NUL"),
        (
            MESSAGE | {"message_id": "x" * 513},
            Reason.BAD_FIELD,
            "message_id: Expected `str` of length <= 512",
        ),
        (MESSAGE | {"segments": 1.5}, Reason.BAD_FIELD, "segments: Expected `int | null`, got `float`"),
        (MESSAGE | {"segments": "1"}, Reason.BAD_FIELD, "segments: Expected `int | null`, got `str`"),
        (
            MESSAGE | {"processing_seconds": -0.1},
            Reason.BAD_FIELD,
            "processing_seconds: Expected `float` >= 0.0",
        ),
        (
            {"kind": "llm", "provider": "p", "model": "m", "usage": {"input_tokens": -1}},
            Reason.BAD_FIELD,
            "usage.input_tokens: Expected `int` >= 0",
        ),
        (5, Reason.MALFORMED_EVENT, "Expected `object`, got `int`"),
        ("text", Reason.MALFORMED_EVENT, "Expected `object`, got `str`"),
        (None, Reason.MALFORMED_EVENT, "Expected `object`, got `null`"),
        ([], Reason.MALFORMED_EVENT, "Expected `object`, got `array`"),
    ],
)
def test_a_bad_event_is_parked_in_its_place_and_those_beside_it_are_taken(bad, reason, detail):
    batch = read([CREDIT, bad, CREDIT])
    assert len(batch.submissions) == 2
    assert [(p.index, p.reason, p.detail) for p in batch.parked] == [(1, reason, detail)]
    assert json.loads(batch.parked[0].raw) == bad


def test_no_value_of_a_sender_stands_in_a_detail():
    secret = "+12025550101"
    for bad in (
        {"kind": secret},
        MESSAGE | {"direction": secret},
        CREDIT | {"at": secret, "balance": secret},
    ):
        assert secret not in parked(bad).detail


@pytest.mark.parametrize(
    ("fields", "meaning"),
    [
        ({"status": "failed"}, ErrorClass.UNKNOWN),
        ({"status": "failed", "error_code": "30003"}, ErrorClass.UNREACHABLE),
        ({"status": "undelivered", "error_code": "131047"}, ErrorClass.OUTSIDE_WINDOW),
        ({"status": "failed", "error_code": "30003", "error_class": "blocked"}, ErrorClass.BLOCKED),
        ({"status": "failed", "error_class": "something new"}, ErrorClass.OTHER),
        ({"status": "delivered", "error_code": "30003"}, ErrorClass.NONE),
    ],
)
def test_a_failed_message_always_has_a_cause(fields, meaning):
    assert event(MESSAGE | fields).error_class is meaning


def test_unknown_words_and_fields_are_taken():
    taken = event(MESSAGE | {"channel": "pigeon", "status": "flown", "brand_new": {"a": [1]}})
    assert (taken.channel, taken.status) == (Channel.OTHER, Status.OTHER)


@pytest.mark.parametrize("kind", ["engagement", "outcome"])
def test_an_action_out_of_the_configured_list_becomes_other(kind):
    track = Track((), ActionList(["viewed_forecast"]))
    bodies = [{"kind": kind, "action": action} for action in ("viewed_forecast", "lost_keys", "open")]
    batch = track.read(request(json.dumps(bodies)))
    assert [s.event.action for s in batch.submissions] == ["viewed_forecast", "other", "open"]


def test_without_a_list_every_action_has_its_name():
    assert event({"kind": "engagement", "action": "lost_keys"}).action == "lost_keys"
