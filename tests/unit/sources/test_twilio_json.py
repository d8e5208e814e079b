"""Twilio's JSON: flat bodies, CloudEvents of Event Streams, and rows of the Messages API."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from exporter.errors import Reason, Rejected
from exporter.event import Engagement, Message
from exporter.sources.source import Batch, Request
from exporter.sources.twilio import Twilio, TwilioConfig
from exporter.sources.twilio_json import resource_report, rfc_2822
from exporter.sources.twilio_message import MessageReader
from exporter.vocabulary import Channel, Direction, ErrorClass, Status
from tests.unit.sources.sent import (
    NOW,
    TWILIO_TOKEN,
    TWILIO_URL,
    fixture,
    request,
    twilio_request,
    twilio_signature,
)

PAGES = [fixture(f"twilio/api/messages_page{number}.json")["messages"] for number in range(4)]
ROWS = [row for page in PAGES for row in page]
ENUMS = fixture("twilio/api/message_enums.json")
FLAT = {"MessageSid": "SM1", "MessageStatus": "delivered", "From": "+12025550101", "To": "+447911123456"}
DATA = {
    "messageSid": "SM1",
    "timestamp": "2026-11-21T11:59:00.250Z",
    "accountSid": "AC1",
    "eventName": "com.twilio.messaging.message.delivered",
    "from": "+12025550101",
    "to": "+14165550103",
    "messageStatus": "DELIVERED",
    "messagingServiceSid": "MG1",
    "errorCode": 0,
    "numberOfSegments": 2,
}


def signed(body: bytes, url: str = TWILIO_URL) -> Request:
    url += ("&" if "?" in url else "?") + f"bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": twilio_signature([], url)}
    return request(body, headers, url)


def read(body: Any, url: str = TWILIO_URL) -> Batch:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    config = TwilioConfig(auth_token=SecretStr(TWILIO_TOKEN), tenants={"MG1": "acme"})
    return Twilio(config).read(signed(raw, url))


def cloud_event(kind: str = "com.twilio.messaging.message.delivered", **data: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "type": kind, "source": "AB1", "id": "NO1", "data": {**DATA, **data}}


def message(batch: Batch, place: int = 0) -> Message:
    event = batch.submissions[place].event
    assert isinstance(event, Message)
    return event


def test_a_flat_object_is_the_same_step_as_its_form():
    form = Twilio(TwilioConfig(auth_token=SecretStr(TWILIO_TOKEN))).read(twilio_request(FLAT))
    flat = read(FLAT)
    assert message(flat) == message(form)
    assert flat.submissions[0].key is None  # the pair (message, status) is the key; a form's is its signature
    assert flat.submissions[0].raw == json.dumps(FLAT).encode()


def test_a_flat_object_may_name_its_tenant_in_the_signed_url():
    assert message(read(FLAT, TWILIO_URL + "?tenant=globex")).tenant == "globex"


@pytest.mark.parametrize("batch", [cloud_event(), [cloud_event()]], ids=["alone", "in an array"])
def test_a_cloud_event_is_a_step_at_its_own_time(batch):
    step = message(read(batch))
    assert (step.message_id, step.status, step.channel) == ("SM1", Status.DELIVERED, Channel.SMS)
    assert step.at == datetime(2026, 11, 21, 11, 59, 0, 250_000, tzinfo=UTC)
    assert (step.tenant, step.segments, step.country) == ("acme", 2, "CA")
    assert (step.error_code, step.error_class) == (None, ErrorClass.NONE)


def test_a_cloud_event_of_a_failure_has_its_class():
    step = message(read(cloud_event(messageStatus="UNDELIVERED", errorCode=30003)))
    assert (step.error_code, step.error_class) == ("30003", ErrorClass.UNREACHABLE)


def test_a_cloud_event_of_an_inbound_message_is_received():
    data = {"messageStatus": None, "numMedia": 1, "numSegments": 1, "fromCountry": "US", "body": "STOP"}
    event = cloud_event("com.twilio.messaging.inbound-message.received", **data, optOutType="STOP")
    batch = read(event)
    step = message(batch)
    assert (step.direction, step.status) == (Direction.INBOUND, Status.RECEIVED)
    assert (step.channel, step.media, step.segments, step.peer) == (Channel.MMS, 1, 1, "+12025550101")
    opted_out = batch.submissions[1]
    assert isinstance(opted_out.event, Engagement)
    assert (opted_out.event.action, opted_out.key) == ("opt_out", "SM1:opt_out")


@pytest.mark.parametrize(
    "timestamp", ["yesterday", "1999-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "2026-11-21T11:59:00", None, 5]
)
def test_a_time_that_cannot_be_believed_is_that_of_its_arrival(timestamp):
    assert message(read(cloud_event(timestamp=timestamp))).at == NOW


@pytest.mark.parametrize(
    "event",
    [
        cloud_event("com.twilio.studio.flow.step.ended"),
        cloud_event("com.twilio.accountsecurity.verify.message.delivered"),
        {"specversion": "1.0", "type": None, "data": DATA},
        {"specversion": "1.0", "type": "com.twilio.messaging.message.sent", "data": None},
    ],
)
def test_an_event_about_something_else_is_acknowledged(event):
    assert read([event, cloud_event()]).ignored == 1
    assert len(read([event, cloud_event()]).submissions) == 1


def test_a_bad_event_stops_none_beside_it():
    events = [cloud_event(), cloud_event(messageSid=""), 5, cloud_event(messageStatus="SENT")]
    batch = read(events)
    assert [message(batch, place).status for place in range(2)] == [Status.DELIVERED, Status.SENT]
    assert [(p.index, p.reason) for p in batch.parked] == [
        (1, Reason.MISSING_FIELD),
        (2, Reason.MALFORMED_BODY),
    ]
    assert batch.parked[1].raw == b"5"


def test_an_array_longer_than_any_batch_is_refused_before_it_is_read():
    assert read([{}] * 10_000).parked
    with pytest.raises(Rejected, match="10000"):
        read([{}] * 10_001)


def test_an_empty_array_says_nothing():
    assert read([]) == Batch([], [])


@pytest.mark.parametrize("body", [b"", b"{", b"[", b"\xff", b"[1", b"[" * 100_000, b"{}x", b"[] []"])
def test_a_body_that_is_no_json_is_refused(body):
    with pytest.raises(Rejected) as rejected:
        read(body)
    assert rejected.value.reason is Reason.MALFORMED_BODY


@pytest.mark.parametrize("body", [b"null", b'"text"', b"5", b"[[]]"])
def test_json_that_is_no_object_is_parked(body):
    assert [parked.reason for parked in read(body).parked] == [Reason.MALFORMED_BODY]


values = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.lists(st.integers(), max_size=2)
)
datas = st.dictionaries(st.sampled_from([*DATA, "optOutType", "numMedia"]) | st.text(max_size=5), values)


@given(st.lists(st.one_of(datas, datas.map(lambda data: cloud_event(**data)), values), max_size=4))
@settings(max_examples=300, deadline=None)
def test_any_signed_array_is_counted_parked_or_ignored_piece_by_piece(events):
    batch = read(events)
    steps = sum(isinstance(submission.event, Message) for submission in batch.submissions)
    assert steps + len(batch.parked) + batch.ignored == len(events)


def step_of(row: dict[str, Any]) -> Message:
    report = resource_report(row, NOW)
    return MessageReader({}, {}).message(report.fields, report.at or NOW)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["sid"])
def test_a_row_of_the_list_is_the_step_that_it_reports(row):
    step = step_of(row)
    inbound = row["direction"] == "inbound"
    failed = row["status"] in ("failed", "undelivered")
    assert (step.message_id, step.status.value) == (row["sid"], row["status"])
    assert step.direction is (Direction.INBOUND if inbound else Direction.OUTBOUND)
    assert step.error_code == (None if row["error_code"] is None else str(row["error_code"]))
    assert (step.error_class is not ErrorClass.NONE) is failed
    assert step.peer == row["from" if inbound else "to"]
    assert (step.segments or 0, step.media) == (int(row["num_segments"]), int(row["num_media"]))
    assert step.at in (
        rfc_2822(row["date_sent"]),
        rfc_2822(row["date_created"]),
        rfc_2822(row["date_updated"]),
    )


def test_the_rows_have_every_channel_by_their_addresses_and_ids():
    assert {step_of(row).channel for row in ROWS} == {Channel.SMS, Channel.MMS, Channel.WHATSAPP}


@pytest.mark.parametrize("status", ENUMS["status"])
def test_every_status_of_the_resource_is_known(status):
    assert step_of({"sid": "SM1", "status": status}).status.value == status


@pytest.mark.parametrize("direction", ENUMS["direction"])
def test_every_direction_of_the_resource_is_known(direction):
    inbound = direction == "inbound"
    step = step_of({"sid": "SM1", "status": "failed", "direction": direction})
    assert step.direction is (Direction.INBOUND if inbound else Direction.OUTBOUND)


@pytest.mark.parametrize(
    ("status", "dated"),
    [
        ("queued", "date_created"),
        ("sent", "date_sent"),
        ("received", "date_sent"),
        ("delivered", "date_updated"),
        ("failed", "date_updated"),
        ("read", "date_updated"),
    ],
)
def test_a_row_is_dated_by_what_it_reports(status, dated):
    dates = {
        "date_created": "Fri, 20 Nov 2026 10:00:00 +0000",
        "date_sent": "Fri, 20 Nov 2026 10:00:01 +0000",
        "date_updated": "Fri, 20 Nov 2026 10:00:02 +0000",
    }
    assert step_of({"sid": "SM1", "status": status, **dates}).at == rfc_2822(dates[dated])


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Fri, 24 May 2019 17:44:50 +0000", datetime(2019, 5, 24, 17, 44, 50, tzinfo=UTC)),
        ("Fri, 24 May 2019 17:44:50 -0700", datetime(2019, 5, 25, 0, 44, 50, tzinfo=UTC)),
        ("2019-05-24", None),
        ("Fri, 32 May 2019 17:44:50 +0000", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("", None),
        (None, None),
        (1558719890, None),
    ],
)
def test_a_date_is_read_as_mail_writes_it(text, at):
    assert rfc_2822(text) == at


def test_a_date_far_ahead_is_not_believed():
    ahead = (NOW + timedelta(days=400)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    assert step_of({"sid": "SM1", "status": "delivered", "date_updated": ahead}).at == NOW


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_reading_of_dates(text):
    at = rfc_2822(text)
    assert at is None or at.tzinfo is UTC
