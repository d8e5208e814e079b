"""SendGrid: every recorded batch becomes the events its entry names, every bad one its answer."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import Account, Engagement, Message
from exporter.sources.source import Batch
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass
from tests.unit.sources.mail_sent import sendgrid, sendgrid_request
from tests.unit.sources.sendgrid_read import ACTIONS, DELIVERED, STEPS, event, read
from tests.unit.sources.sent import NOW, fixture, of_case

RECORDED = fixture("sendgrid/events.json")
NEGATIVE = fixture("sendgrid/negative.json")["cases"]
ERROR_CLASSES = {
    "anymail.test_dropped_invalid_event": [ErrorClass.INVALID_NUMBER],
    "anymail.test_dropped_unsubscribed_event": [ErrorClass.OPTED_OUT],
    "batch_of_11": [ErrorClass.UNKNOWN, ErrorClass.BLOCKED],
    "bounce_classes": [
        ErrorClass.INVALID_NUMBER,
        ErrorClass.PROVIDER,
        ErrorClass.CONTENT,
        ErrorClass.FILTERED,
        ErrorClass.RATE_LIMITED,
        ErrorClass.UNREACHABLE,
        ErrorClass.UNKNOWN,
        ErrorClass.UNKNOWN,
    ],
}


def recorded(case: dict[str, Any]) -> Batch:
    return sendgrid(RECORDED["public_key"]).read(of_case(case))


def check(event: Any, expect: dict[str, Any]) -> None:
    assert event.at == datetime.fromtimestamp(expect["timestamp"], UTC)
    if expect["event"] in STEPS:
        assert isinstance(event, Message)
        assert event.status is STEPS[expect["event"]]
        assert (event.channel, event.provider) == (Channel.EMAIL, "sendgrid")
        assert event.direction is Direction.OUTBOUND
        assert event.error_code == (expect["status"] if expect["status"] else None)
    elif expect["event"] in ACTIONS:
        assert isinstance(event, Engagement)
        assert (event.action, event.channel) == (ACTIONS[expect["event"]], Channel.EMAIL)
    else:
        assert isinstance(event, Account)
        assert (event.field, event.state) == (expect["event"], expect["type"])


@pytest.mark.parametrize("case", RECORDED["requests"], ids=lambda case: case["id"])
def test_a_recorded_batch_becomes_the_events_it_holds(case):
    batch = recorded(case)
    assert not batch.parked
    for submission, expect in zip(batch.submissions, case["expect"]["events"], strict=True):
        check(submission.event, expect)
    classes = [
        s.event.error_class
        for s in batch.submissions
        if isinstance(s.event, Message) and s.event.error_class is not ErrorClass.NONE
    ]
    assert classes == ERROR_CLASSES.get(case["id"], [])


@pytest.mark.parametrize("case", RECORDED["requests"], ids=lambda case: case["id"])
def test_no_person_of_a_recorded_batch_reaches_an_event(case):
    for submission in recorded(case).submissions:
        assert submission.raw in case["body"].encode()
        for personal in ("@", "255.255.255.255", "192.0.2", "Mozilla"):
            assert personal not in str(submission.event)


@pytest.mark.parametrize("case", RECORDED["requests"], ids=lambda case: case["id"])
def test_what_repeats_has_the_key_that_sendgrid_gave_it(case):
    for submission, expect in zip(recorded(case).submissions, case["expect"]["events"], strict=True):
        known_by_step = isinstance(submission.event, Message) and submission.event.message_id
        if known_by_step:
            assert submission.key is None
        elif expect["sg_event_id"]:
            assert submission.key == expect["sg_event_id"]
        else:
            assert len(submission.key or "") == 64


def test_two_opens_have_two_keys_and_one_open_sent_twice_has_one():
    by_id = {case["id"]: case for case in RECORDED["requests"]}
    assert len({s.key for s in recorded(by_id["two_opens_different_id"]).submissions}) == 2
    assert len({s.key for s in recorded(by_id["duplicate_inside"]).submissions}) == 1


def test_an_open_that_sendgrid_calls_a_machines_is_one():
    by_id = {case["id"]: case for case in RECORDED["requests"]}
    (machine,) = recorded(by_id["machine_open"]).submissions
    assert machine.event.actor is Actor.MACHINE
    assert {s.event.actor for s in recorded(by_id["two_opens_different_id"]).submissions} == {Actor.HUMAN}


NEGATIVE_PARKED = {
    "missing_event": [Reason.MISSING_FIELD],
    "null_item": [Reason.BAD_FIELD] * 3,
}
NEGATIVE_COUNTED = {"empty_list": 0}


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case["id"])
def test_a_bad_batch_gets_the_answer_it_deserves(case):
    source = sendgrid(fixture("sendgrid/negative.json")["public_key"])
    if case["expect"]["response_class"] == "4xx":
        with pytest.raises(Rejected if case["expect"]["signature_valid"] else SignatureFailure):
            source.read(of_case(case))
        return
    batch = source.read(of_case(case))
    assert [parked.reason for parked in batch.parked] == NEGATIVE_PARKED.get(case["id"], [])
    assert len(batch.submissions) == NEGATIVE_COUNTED.get(case["id"], 1)


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case["id"])
def test_an_absurd_time_of_an_event_becomes_the_time_of_receipt(case):
    if case["id"] in {"timestamp_text", "timestamp_float_huge", "category_types", "null_item"}:
        batch = sendgrid(fixture("sendgrid/negative.json")["public_key"]).read(of_case(case))
        assert [s.event.at for s in batch.submissions] == [NOW]


def test_an_event_we_do_not_know_is_news_of_other():
    unknown = event(event="moon_landing")
    assert (unknown.field, unknown.state) == ("other", "moon_landing")


def test_an_odd_event_does_not_stop_those_beside_it():
    batch = read(DELIVERED, 5, {"event": ["x"]}, {"event": "open", "timestamp": "\ud800"}, DELIVERED)
    assert len(batch.submissions) == 2
    assert [(p.index, p.reason) for p in batch.parked] == [
        (1, Reason.BAD_FIELD),
        (2, Reason.BAD_FIELD),
        (3, Reason.MALFORMED_EVENT),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"5", b"[", b"\xff", b"[" * 100_000 + b"]" * 100_000, b"[" + b"1," * 20_000 + b"1]"]
)
def test_a_body_that_is_no_batch_is_rejected_whole(body):
    with pytest.raises(Rejected) as rejected:
        sendgrid().read(sendgrid_request(body))
    assert rejected.value.reason is Reason.MALFORMED_BODY


names = st.sampled_from(
    [*DELIVERED, "category", "status", "reason", "useragent", "tenant", "sg_machine_open"]
)
words = st.sampled_from([*STEPS, *ACTIONS, "account_status_change", "event"])
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(names, trees, max_size=8) | trees, max_size=5))
@settings(max_examples=300, deadline=None)
def test_any_signed_batch_is_counted_or_parked(events):
    with contextlib.suppress(Rejected):
        batch = read(*events)
        assert len(batch.submissions) + len(batch.parked) == len(events)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_signed_bytes_are_read_or_rejected(body):
    with contextlib.suppress(Rejected):
        sendgrid().read(sendgrid_request(body))
