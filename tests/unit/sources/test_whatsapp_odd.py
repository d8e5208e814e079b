"""WhatsApp Cloud: what a bad notification comes to, and what is read of one with odd fields."""

from __future__ import annotations

import pytest

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import Engagement
from exporter.sources.source import Batch
from exporter.vocabulary import Channel, ErrorClass, Status
from tests.unit.sources.sent import NOW, fixture, of_case
from tests.unit.sources.whatsapp_sent import INBOUND, STATUS, notification, read, seconds_of, step, whatsapp

NEGATIVE = next(value for value in fixture("whatsapp/negative.json").values() if isinstance(value, list))


NEGATIVE_PARKED = {
    "shape.statuses_object": Reason.BAD_FIELD,
    "shape.value_string": Reason.BAD_FIELD,
    "unknown.object": Reason.BAD_FIELD,
    "status.missing": Reason.MISSING_FIELD,
    "status.no_id": Reason.MISSING_FIELD,
    "json.duplicate_keys": Reason.BAD_FIELD,
}
NEGATIVE_NOTHING = {"shape.no_entry", "shape.empty_entry", "shape.changes_null"}
NEGATIVE_UNKNOWN_STATUS = {"status.unknown_value", "status.label_injection", "status.long_value"}
NEGATIVE_RECEIVED_NOW = {"status.timestamp_text", "status.timestamp_huge", "status.timestamp_negative"}


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case["id"])
def test_a_bad_notification_gets_the_answer_it_deserves(case):
    expect = case["expect"]
    if expect["response_class"] == "4xx":
        with pytest.raises(Rejected if expect["signature_valid"] else SignatureFailure):
            whatsapp().read(of_case(case))
        return
    batch = whatsapp().read(of_case(case))
    if case["id"] in NEGATIVE_PARKED:
        assert [parked.reason for parked in batch.parked] == [NEGATIVE_PARKED[case["id"]]]
    else:
        assert not batch.parked
    counted = case["id"] not in NEGATIVE_PARKED and case["id"] not in NEGATIVE_NOTHING
    assert len([s for s in batch.submissions if not isinstance(s.event, Engagement)]) == counted


@pytest.mark.parametrize(
    "case", [case for case in NEGATIVE if case["id"].startswith("status.")], ids=lambda case: case["id"]
)
def test_a_bad_status_is_counted_as_what_can_be_read_of_it(case):
    for submission in whatsapp().read(of_case(case)).submissions:
        event = submission.event
        unknown = case["id"] in NEGATIVE_UNKNOWN_STATUS
        assert event.status is (Status.OTHER if unknown else Status.FAILED)
        assert (event.error_class is ErrorClass.NONE) is unknown
        assert (event.at == NOW) is (case["id"] in NEGATIVE_RECEIVED_NOW)


def test_an_error_code_as_text_means_the_same():
    assert step(status="failed", errors=[{"code": "131026"}]).error_class is ErrorClass.UNREACHABLE
    assert step(status="failed", errors=[{"code": 131026}]).error_class is ErrorClass.UNREACHABLE


@pytest.mark.parametrize(
    ("timestamp", "is_read"),
    [
        ("1755000000", True),
        (1755000000, True),
        ("0", False),
        ("946684799", False),
        ("9999999999", False),
        ("99999999999999999999", False),
        ("١٧٥٥٠٠٠٠٠٠", False),
        (None, False),
        (True, False),
        (1755000000.5, False),
        ([], False),
    ],
)
def test_an_absurd_timestamp_becomes_the_time_of_receipt(timestamp, is_read):
    event = step(timestamp=timestamp)
    assert seconds_of(event) == "1755000000" if is_read else event.at == NOW


@pytest.mark.parametrize(
    "odd", [5, "text", [], ["x"], {"id": 5}, {"id": "a\0b"}, {"id": "x" * 513}, {"id": ""}]
)
def test_an_odd_conversation_price_or_error_is_left_out(odd):
    event = step(status="failed", conversation=odd, pricing=odd, errors=odd)
    assert (event.conversation_id, event.pricing_type, event.category) == (None, None, None)
    assert (event.error_code, event.error_class) == (None, ErrorClass.UNKNOWN)


@pytest.mark.parametrize("bad_id", ["x" * 513, "a\0b", "", 5, ["x"], "\ud83d"])
def test_a_message_id_that_the_ledger_cannot_hold_is_parked(bad_id):
    batch = read(notification({"statuses": [STATUS | {"id": bad_id}], "messages": [INBOUND]}))
    assert [s.event.message_id for s in batch.submissions] == ["wamid.2"]
    assert len(batch.parked) == 1


def test_an_unknown_message_type_is_other():
    (submission,) = read(notification({"messages": [INBOUND | {"type": 'x"}\n'}]})).submissions
    assert submission.event.message_type == "other"
    assert submission.event.channel is Channel.WHATSAPP


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"entry":[]} x', "not valid JSON"),
        (b'{"entry":[]}\x00', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"a":Infinity}', "not valid JSON"),
        (b'{"a":"\xff"}', "not valid JSON"),
        (b'{"a":"\xed\xa0\x80"}', "not valid JSON"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not valid JSON"),
        (b'{"a":"\\ud800","b":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not valid JSON"),
        (b'{"a":"\\ud800","b":NaN}', "not valid JSON"),
        (b'{"a":"\\ud800","b":1e400}', "not valid JSON"),
        (b"5", "Expected `object`"),
    ],
)
def test_a_body_that_is_no_json_object_is_rejected_whole(body, detail):
    with pytest.raises(Rejected, match=detail) as rejected:
        read(body)
    assert rejected.value.reason is Reason.MALFORMED_BODY


def test_numbers_too_big_for_anything_stop_nothing():
    body = b'{"x":1e131073,"y":%s,"entry":[]}' % (b"9" * 5000)
    assert read(body) == Batch([], [])
