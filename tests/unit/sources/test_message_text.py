"""`text` on POST /events: counted as an SMS, and nowhere in what is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import Reason
from exporter.event import Message
from exporter.segments import segments
from exporter.sources.source import Batch
from exporter.sources.track import Track
from exporter.vocabulary import Encoding
from tests.unit.sources.sent import request
from tests.unit.sources.track_read import CREDIT, MESSAGE

SECRET = "Ihr Code ist 4711"


def read(*events: dict[str, Any] | str) -> Batch:
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    return Track(()).read(request("\n".join(lines)))


def counted(**fields: Any) -> Message:
    (submission,) = read(MESSAGE | fields).submissions
    assert isinstance(submission.event, Message)
    return submission.event


def test_a_text_is_counted_and_not_kept() -> None:
    (submission,) = read(MESSAGE | {"text": SECRET * 10}).submissions
    assert isinstance(submission.event, Message)
    assert (submission.event.segments, submission.event.encoding) == (2, Encoding.GSM7)
    assert submission.event.length == 170
    assert SECRET not in repr(submission)
    assert json.loads(submission.raw) == MESSAGE


def test_segments_that_smart_encoding_would_save_are_counted() -> None:
    event = counted(text="It\u2019s " + "a" * 150)
    assert (event.segments, event.encoding, event.avoidable_segments) == (3, Encoding.UCS2, 2)
    assert counted(text="\u4e2d" * 71).avoidable_segments is None
    assert counted(text="It\u2019s").avoidable_segments is None


def test_segments_that_are_stated_win() -> None:
    event = counted(text="a" * 500, segments=1, length=7)
    assert (event.segments, event.length, event.encoding) == (1, 7, Encoding.UNKNOWN)


@pytest.mark.parametrize("fields", [{"channel": "whatsapp", "text": "a" * 500}, {"text": "a" * 1_601}])
def test_what_is_no_sms_has_a_length_only(fields: dict[str, Any]) -> None:
    event = counted(**fields)
    assert (event.segments, event.length) == (None, len(fields["text"]))


def test_a_text_that_is_null_is_none() -> None:
    assert counted(text=None).length is None


@pytest.mark.parametrize("text", [5, ["a"], {"a": 1}, True])
def test_a_text_that_is_none_is_parked_without_it(text: object) -> None:
    (parked,) = read(MESSAGE | {"text": text}).parked
    assert (parked.reason, parked.detail) == (Reason.BAD_FIELD, "text: not text")
    assert b"text" not in parked.raw


def test_an_event_that_is_parked_for_another_reason_keeps_no_text_either() -> None:
    (parked,) = read(MESSAGE | {"text": SECRET, "direction": "sideways"}).parked
    assert parked.detail.startswith("direction: ")
    assert SECRET.encode() not in parked.raw


def test_an_event_of_another_kind_keeps_no_text_either() -> None:
    (submission,) = read(CREDIT | {"balance": "5", "text": SECRET}).submissions
    assert SECRET.encode() not in submission.raw


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(MESSAGE)[:-1] + ', "te\\u0078t": "4711"}',
        json.dumps(MESSAGE)[:-1] + ', "text": "4711", "text": "4711"}',
        '{"text": "4711",' + json.dumps(MESSAGE)[1:],
        '{"text" :"4711",' + json.dumps(MESSAGE)[1:],
    ],
)
def test_no_spelling_of_the_name_keeps_the_text(line: str) -> None:
    (submission,) = read(line).submissions
    assert b"4711" not in submission.raw
    assert isinstance(submission.event, Message)
    assert submission.event.length == 4


def test_an_event_without_a_text_keeps_its_bytes() -> None:
    line = json.dumps(MESSAGE, indent=None, separators=(" ,  ", ":  "))
    assert read(line).submissions[0].raw == line.encode()


@given(st.text(max_size=400))
def test_any_text_is_counted_as_it_stands(text: str) -> None:
    batch = read(json.dumps(MESSAGE | {"text": text}))
    if batch.parked:
        assert batch.parked[0].detail == "text: not text"
    else:
        event = batch.submissions[0].event
        assert isinstance(event, Message)
        assert event.segments == segments(text).number
        assert event.length == len(text)
