"""Twilio's callbacks: every recorded one becomes the event its entry names, every bad one its answer."""

from __future__ import annotations

import base64
import itertools
from collections import Counter
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, SignatureFailure
from exporter.event import Engagement, Message
from exporter.vocabulary import RANK, Actor, Channel, Direction, ErrorClass, Status
from tests.unit.sources.sent import NOW, fixture, of_case, request, twilio_request, twilio_signature
from tests.unit.sources.twilio_read import INBOUND, STATUS, message, read, twilio

CALLBACKS = fixture("twilio/callbacks.json")["requests"]
NEGATIVE = fixture("twilio/negative.json")["cases"]
REPLIES = {"derived.wa.in.reply", "derived.wa.in.list"}
SEQUENCES = fixture("twilio/sequences.json")["sequences"]


@pytest.mark.parametrize("entry", CALLBACKS, ids=lambda entry: entry["id"])
def test_a_recorded_callback_becomes_the_event_it_is(entry):
    expect = entry["expect"]
    batch = twilio().read(of_case(entry))
    assert not batch.parked
    event = batch.submissions[0].event
    inbound = expect["kind"] == "inbound"
    code = expect["error_code"]
    failed = expect["status"] in ("failed", "undelivered")
    assert (event.message_id, event.status.value, event.channel.value) == (
        expect["message_sid"],
        expect["status"],
        expect["channel"],
    )
    assert event.direction is (Direction.INBOUND if inbound else Direction.OUTBOUND)
    assert event.error_code == (None if code is None else str(code))
    assert (event.error_class is not ErrorClass.NONE) is failed
    assert event.segments == expect.get("num_segments")
    assert (event.media or 0) == expect.get("num_media", 0)
    assert (event.provider, event.at) == ("twilio", NOW)
    assert event.tenant == ("acme" if "tenant=acme" in entry["url"] else "default")
    engaged = expect.get("opt_out_type") or entry["id"] in REPLIES
    assert len(batch.submissions) == (2 if engaged else 1)


@pytest.mark.parametrize("entry", CALLBACKS, ids=lambda entry: entry["id"])
def test_a_recorded_callback_is_kept_whole_and_keyed_by_its_signature(entry):
    submission = twilio().read(of_case(entry)).submissions[0]
    assert submission.raw == entry["body"].encode()
    assert submission.key == entry["headers"]["X-Twilio-Signature"]
    assert submission.source == "twilio"


@pytest.mark.parametrize("entry", CALLBACKS, ids=lambda entry: entry["id"])
def test_the_customers_number_reaches_an_event_as_its_peer_only_and_ours_as_our_own(entry):
    for submission in twilio().read(of_case(entry)).submissions:
        event = submission.event
        assert (event.user, event.outlet, event.conversation_id) == (None, None, None)
        if isinstance(event, Message):
            fields = dict(parse_qsl(entry["body"]))
            inbound = event.direction is Direction.INBOUND
            assert event.peer == fields.get("From" if inbound else "To")
            own = fields.get("To" if inbound else "From") or ""
            assert event.own_number == (own.rpartition(":")[2] or None)
            event = msgspec.structs.replace(event, peer=None, own_number=None)
        assert "+" not in str(event).replace(str(event.at), "")


NEGATIVE_EVENTS = {
    "unknown_status": (Status.OTHER, ErrorClass.NONE),
    "status_upper": (Status.DELIVERED, ErrorClass.NONE),
    "deprecated_status": (Status.PARTIALLY_DELIVERED, ErrorClass.NONE),
    "status_missing_but_error": (Status.FAILED, ErrorClass.UNKNOWN),
    "error_code_text": (Status.FAILED, ErrorClass.UNKNOWN),
    "error_code_huge": (Status.FAILED, ErrorClass.UNKNOWN),
    "error_code_empty": (Status.DELIVERED, ErrorClass.NONE),
    "error_code_negative": (Status.FAILED, ErrorClass.UNKNOWN),
    "num_segments_text": (Status.RECEIVED, ErrorClass.NONE),
    "num_segments_zero": (Status.RECEIVED, ErrorClass.NONE),
    "num_media_huge": (Status.RECEIVED, ErrorClass.NONE),
    "duplicate_status_fields": (Status.SENT, ErrorClass.NONE),
    "other_account": (Status.SENT, ErrorClass.NONE),
    "label_injection": (Status.OTHER, ErrorClass.NONE),
    "percent_broken": (Status.SENT, ErrorClass.NONE),
    "latin1": (Status.SENT, ErrorClass.NONE),
    "plus_and_space": (Status.DELIVERED, ErrorClass.NONE),
}
NEGATIVE_PARKED = {"empty_body", "no_message_sid", "no_status_no_body", "ten_thousand_params", "semicolons"}


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case["id"])
def test_a_bad_callback_gets_the_answer_it_deserves(case):
    if case["expect"]["response_class"] == "4xx":
        with pytest.raises(SignatureFailure):
            twilio().read(of_case(case))
        return
    batch = twilio().read(of_case(case))
    if case["id"] in NEGATIVE_PARKED:
        assert [parked.reason for parked in batch.parked] == [Reason.MISSING_FIELD]
        assert batch.parked[0].raw == case["body"].encode()
        assert not batch.submissions
    else:
        event = batch.submissions[0].event
        assert (event.status, event.error_class) == NEGATIVE_EVENTS[case["id"]]
        assert not batch.parked


def test_every_bad_callback_that_is_signed_has_a_verdict():
    signed = {case["id"] for case in NEGATIVE if case["expect"]["response_class"] != "4xx"}
    assert signed == NEGATIVE_PARKED | set(NEGATIVE_EVENTS)


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence["id"])
def test_a_recorded_sequence_has_the_transitions_it_names(sequence):
    steps = [twilio().read(of_case(step)).submissions[0] for step in sequence["steps"]]
    once = {submission.key: submission.event for submission in steps}
    pairs = dict.fromkeys((event.message_id, event.status.value) for event in once.values())
    expect = sequence["expect"]
    assert [status for _, status in pairs] == expect["unique_transitions"]
    assert {message_id for message_id, _ in pairs} == {sequence["message_sid"]}
    if expect["final_status"]:
        assert max(pairs, key=lambda pair: RANK[Status(pair[1])])[1] == expect["final_status"]


def resplits(pairs: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Every other cut of the glued text with one border moved, or with one field swallowed by its neighbour.

    Only those count that sort back into the same text, since Twilio sorts before it glues.
    """
    glued = "".join(name + value for name, value in pairs)
    borders = list(itertools.accumulate((len(text) for pair in pairs for text in pair), initial=0))
    cuts = [
        [*borders[:moved], place, *borders[moved + 1 :]]
        for moved in range(1, len(borders) - 1)
        for place in range(borders[moved - 1], borders[moved + 1] + 1)
    ]
    cuts += [borders[:gone] + borders[gone + 2 :] for gone in range(1, len(borders) - 2)]
    forms = []
    for cut in cuts:
        pieces = [glued[start:end] for start, end in itertools.pairwise(cut)]
        form = list(zip(pieces[::2], pieces[1::2], strict=True))
        if "".join(name + value for name, value in sorted(set(form))) == glued:
            forms.append(form)
    return forms


def test_no_resplit_of_a_captured_request_has_a_key_of_its_own():
    fields = (
        {f"Field{letter}": f"value {letter}" for letter in "ABCDEFGHIJKLMNO"}
        | STATUS
        | {"To": "+12025550103"}
    )
    pairs = sorted(fields.items())
    assert len(pairs) == 20
    captured = twilio_request(pairs)
    keys: Counter[str | None] = Counter()
    split_anew = resplits(pairs)
    for form in split_anew:
        batch = twilio().read(request(urlencode(form), captured.headers))
        keys.update(submission.key for submission in batch.submissions)
    assert len(split_anew) > 250
    assert set(keys) == {twilio_signature(pairs)}


def test_the_same_callback_has_the_same_key_whenever_it_comes():
    sent = twilio_request(STATUS)
    later = sent._replace(received_at=NOW.replace(day=29))
    assert twilio().read(sent).submissions[0].key == twilio().read(later).submissions[0].key


@pytest.mark.parametrize("field", ["MessageSid", "SmsSid", "SmsMessageSid"])
def test_the_message_id_is_found_under_each_of_its_names(field):
    assert message({field: "SM9", "MessageStatus": "sent"}).message_id == "SM9"


@pytest.mark.parametrize("bad_id", ["S" * 513, "SM\x001"])
def test_a_message_id_that_the_ledger_cannot_hold_is_parked(bad_id):
    batch = read({"MessageSid": bad_id, "MessageStatus": "sent"})
    assert [parked.reason for parked in batch.parked] == [Reason.BAD_FIELD]


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OTHER])
def test_every_status_is_known_in_any_case(status):
    assert message(STATUS | {"MessageStatus": status.value.upper()}).status is status


def test_a_failure_without_a_code_has_an_unknown_cause():
    event = message(STATUS | {"MessageStatus": "failed"})
    assert (event.error_code, event.error_class) == (None, ErrorClass.UNKNOWN)


def test_a_code_on_a_delivered_message_is_kept_but_counts_as_no_error():
    event = message(STATUS | {"MessageStatus": "delivered", "ErrorCode": "30003"})
    assert (event.error_code, event.error_class) == ("30003", ErrorClass.NONE)


@pytest.mark.parametrize(
    ("field", "text", "number"),
    [
        ("NumSegments", "3", 3),
        ("NumSegments", "0", None),
        ("NumSegments", "1000", 1000),
        ("NumSegments", "1001", None),
        ("NumSegments", "-1", None),
        ("NumSegments", "1.5", None),
        ("NumSegments", "²", None),
        ("NumSegments", "9" * 5000, None),
        ("NumMedia", "10", 10),
        ("NumMedia", "1000000000", None),
        ("NumMedia", "", None),
    ],
)
def test_a_count_is_taken_only_when_it_makes_sense(field, text, number):
    event = message(INBOUND | {field: text})
    assert (event.segments if field == "NumSegments" else event.media) == number


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"To": "whatsapp:+12025550103"}, Channel.WHATSAPP),
        ({"From": "whatsapp:US.13491208655302741918"}, Channel.WHATSAPP),
        ({"From": "rcs:brand"}, Channel.RCS),
        ({"To": "messenger:1234"}, Channel.MESSENGER),
        ({"NumMedia": "2"}, Channel.MMS),
        ({"MessageSid": "MM1"}, Channel.MMS),
        ({"To": "fax:1234"}, Channel.SMS),
        ({}, Channel.SMS),
    ],
)
def test_the_channel_is_told_by_addresses_media_and_sid(fields, channel):
    assert message(STATUS | fields).channel is channel


def test_a_callback_without_a_time_zone_keeps_the_time_of_its_arrival():
    assert message(STATUS | {"MessageStatus": "delivered", "RawDlrDoneDate": "2511131245"}).at == NOW


def test_a_read_receipt_that_only_its_event_type_tells_of_is_read():
    assert message({"MessageSid": "SM1", "EventType": "READ"}).status is Status.READ
    assert message(STATUS | {"MessageStatus": "delivered", "EventType": "READ"}).status is Status.DELIVERED


@pytest.mark.parametrize(("word", "action"), [("STOP", "opt_out"), ("START", "opt_in"), ("HELP", "help")])
def test_an_opt_out_word_is_an_engagement_beside_the_message(word, action):
    first, second = read(INBOUND | {"OptOutType": word}).submissions
    assert isinstance(second.event, Engagement)
    assert (second.event.action, second.event.actor, second.event.message_id) == (action, Actor.HUMAN, "SM2")
    assert first.key != second.key


@pytest.mark.parametrize(
    ("fields", "action", "message_id"),
    [
        ({"OriginalRepliedMessageSid": "SM9"}, "reply", "SM9"),
        ({"OriginalRepliedMessageSid": "SM9", "ButtonPayload": "yes", "ButtonText": "Yes"}, "click", "SM9"),
        ({"OriginalRepliedMessageSid": "SM9", "ButtonText": "Yes"}, "click", "SM9"),
        ({"ButtonPayload": "yes"}, "click", None),
        ({"OriginalRepliedMessageSid": "SM9", "ListId": "opt_1"}, "click", "SM9"),
        ({"OriginalRepliedMessageSid": "S" * 600, "ButtonPayload": "yes"}, "click", None),
    ],
)
def test_an_answer_engages_the_message_that_it_answers(fields, action, message_id):
    first, second = read(INBOUND | fields).submissions
    assert (first.event.message_id, first.event.status) == ("SM2", Status.RECEIVED)
    assert isinstance(second.event, Engagement)
    assert (second.event.action, second.event.actor, second.event.message_id) == (
        action,
        Actor.HUMAN,
        message_id,
    )
    assert second.key == f"{first.key}:{action}"


@pytest.mark.parametrize("sid", ["", "S" * 600, "SM\0"])
def test_an_answer_to_no_message_that_can_be_named_is_only_a_message(sid):
    assert len(read(INBOUND | {"OriginalRepliedMessageSid": sid}).submissions) == 1


def test_an_unknown_opt_out_word_is_only_a_message():
    assert len(read(INBOUND | {"OptOutType": "MAYBE"}).submissions) == 1


names = st.sampled_from(
    ["MessageSid", "MessageStatus", "SmsStatus", "ErrorCode", "NumMedia", "From", "OptOutType"]
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(names | texts, texts), max_size=10))
@settings(max_examples=300, deadline=None)
def test_any_signed_form_becomes_one_message_or_is_parked(pairs):
    batch = twilio().read(twilio_request(pairs))
    assert len(batch.parked) + len({s.event.message_id for s in batch.submissions}) == 1


@given(st.binary(max_size=200), st.binary(min_size=20, max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_bytes_without_the_right_signature_are_refused(body, digest):
    headers = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
    with pytest.raises(SignatureFailure):
        twilio().read(request(body, headers))
