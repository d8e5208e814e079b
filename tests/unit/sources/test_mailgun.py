"""Mailgun: every recorded webhook becomes the event its entry names, every bad one its answer."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, SignatureFailure
from exporter.event import Account, Engagement, Message
from exporter.sources.mail import recipient_digest
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass, Status
from tests.unit.sources.mail_sent import mailgun, mailgun_proof
from tests.unit.sources.mailgun_read import RECORDED, event, read, sent_in_time
from tests.unit.sources.sent import request

GOOD = [case for case in RECORDED["requests"] if case["expect"]["signature_valid"]]
TO = recipient_digest("recipient@example.com")
AWAY = recipient_digest("undeliverable@nomx.example.com")
STEP = {
    "channel": Channel.EMAIL,
    "provider": "mailgun",
    "direction": Direction.OUTBOUND,
    "tenant": "default",
}
SEEN = {"channel": Channel.EMAIL, "actor": Actor.HUMAN, "tenant": "default"}
EXPECTED: dict[str, Message | Engagement] = {
    "test_delivered_event": Message(
        at=datetime.fromtimestamp(1534108637.153125, UTC),
        status=Status.DELIVERED,
        message_id=f"20180812211713.1.DF5966851B4BAA99@example.org:{TO}",
        **STEP,
    ),
    "test_failed_temporary_event": Message(
        at=datetime.fromtimestamp(1534111899.659519, UTC),
        status=Status.DEFERRED,
        message_id=f"20180812214638.1.4A7D468E9BC18C5D@example.org:{AWAY}",
        error_code="498",
        **STEP,
    ),
    "test_rejected_event": Message(
        at=datetime.fromtimestamp(1529704976.104692, UTC),
        status=Status.FAILED,
        message_id="20180622220256.1.B31A451A2E5422BB@sandbox55887.mailgun.org",
        error_class=ErrorClass.UNKNOWN,
        **STEP,
    ),
    "test_unsubscribed_event": Engagement(
        at=datetime.fromtimestamp(1377213791.421473, UTC),
        action="opt_out",
        message_id=f"20130822232216.13966.79700@samples.mailgun.org:{TO}",
        **SEEN,
    ),
    "test_clicked_event": Engagement(
        at=datetime.fromtimestamp(1534109600.089676, UTC), action="click", message_id=None, **SEEN
    ),
}
EXPECTED["replayed_token"] = EXPECTED["test_delivered_event"]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_a_recorded_webhook_becomes_the_event_it_holds(case):
    batch = mailgun().read(sent_in_time(case))
    assert [s.event for s in batch.submissions] == [EXPECTED[case["id"]]]
    assert not batch.parked


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["id"])
def test_no_person_of_a_recorded_webhook_reaches_an_event(case):
    (submission,) = mailgun().read(sent_in_time(case)).submissions
    assert json.loads(submission.raw) == json.loads(case["body"])["event-data"]
    for personal in ("recipient@", "undeliverable@", "Recipient Name", "192.0.2", "Testing"):
        assert personal not in str(submission.event)


def test_an_event_we_do_not_know_is_news_of_other():
    news = event(event="stored")
    assert isinstance(news, Account)
    assert (news.provider, news.field, news.state) == ("mailgun", "other", "stored")


@pytest.mark.parametrize(
    ("event_data", "reason"),
    [
        (None, Reason.BAD_FIELD),
        ("x", Reason.BAD_FIELD),
        ([], Reason.BAD_FIELD),
        ({}, Reason.MISSING_FIELD),
        ({"event": ["delivered"]}, Reason.BAD_FIELD),
        ({"event": "\ud800"}, Reason.MALFORMED_EVENT),
    ],
)
def test_an_event_that_cannot_be_read_is_parked(event_data, reason):
    batch = read(event_data)
    assert [parked.reason for parked in batch.parked] == [reason]
    assert not batch.submissions


def test_a_proof_without_an_event_is_parked():
    batch = mailgun().read(request(json.dumps({"signature": mailgun_proof()})))
    assert [parked.reason for parked in batch.parked] == [Reason.BAD_FIELD]


names = st.sampled_from(
    [
        "event",
        "timestamp",
        "recipient",
        "severity",
        "reason",
        "message",
        "headers",
        "message-id",
        "domain",
        "name",
    ]
)
words = st.sampled_from(["delivered", "failed", "rejected", "opened", "suppress-bounce", "stored"])
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.dictionaries(names, trees, max_size=8) | trees, words)
@settings(max_examples=300, deadline=None)
def test_any_signed_event_is_counted_or_parked(event_data, word):
    data = event_data | {"event": word} if isinstance(event_data, dict) else event_data
    batch = read(data)
    assert len(batch.submissions) + len(batch.parked) == 1


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_disbelieved(body):
    with contextlib.suppress(SignatureFailure):
        mailgun().read(request(body))
