"""SendGrid: every recorded batch becomes the events its entry names, every bad one its answer."""

from __future__ import annotations

import base64
import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from exporter.errors import Reason, Rejected, SignatureFailure, SignatureReason
from exporter.event import Account, Engagement, Message
from exporter.sources.mail import recipient_digest
from exporter.sources.sendgrid import SendGrid, SendGridConfig
from exporter.sources.source import Batch
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass, Status
from tests.unit.sources.mail_sent import SENDGRID_KEY, sendgrid, sendgrid_request
from tests.unit.sources.proofs import ecdsa_key
from tests.unit.sources.sent import NOW, fixture, of_case, request

RECORDED = fixture("sendgrid/events.json")
NEGATIVE = fixture("sendgrid/negative.json")["cases"]
VECTORS = fixture("sendgrid/signature_vectors.json")["vectors"]
DELIVERED: dict[str, Any] = {
    "event": "delivered",
    "timestamp": 1755000000,
    "email": "jane@example.com",
    "sg_event_id": "e1",
    "sg_message_id": "m1.filter.0",
}
STEPS = {
    "processed": Status.SENT,
    "deferred": Status.DEFERRED,
    "delivered": Status.DELIVERED,
    "bounce": Status.UNDELIVERED,
    "dropped": Status.FAILED,
}
ACTIONS = {
    "open": "open",
    "click": "click",
    "spamreport": "complaint",
    "unsubscribe": "opt_out",
    "group_unsubscribe": "opt_out",
    "group_resubscribe": "opt_in",
}
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


def read(*events: Any, **keys: Any) -> Batch:
    return sendgrid(**keys).read(sendgrid_request(list(events)))


def event(**fields: Any) -> Any:
    (submission,) = read(DELIVERED | fields).submissions
    return submission.event


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


@pytest.mark.parametrize(
    ("fields", "actor"),
    [
        ({"event": "open", "sg_machine_open": True}, Actor.MACHINE),
        ({"event": "open", "sg_machine_open": False}, Actor.HUMAN),
        ({"event": "open", "sg_machine_open": "yes"}, Actor.HUMAN),
        ({"event": "open", "useragent": "Mozilla/5.0"}, Actor.MACHINE),
        ({"event": "click", "useragent": "Barracuda Sentinel (EE)"}, Actor.MACHINE),
        ({"event": "spamreport", "sg_machine_open": True}, Actor.HUMAN),
        ({"event": "group_unsubscribe", "useragent": "Mozilla/5.0"}, Actor.HUMAN),
    ],
)
def test_only_opens_and_clicks_can_be_a_machines(fields, actor):
    assert event(**fields).actor is actor


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


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_signature_vector_is_judged_as_published(vector):
    name = "X-Twilio-Email-Event-Webhook"
    headers = {f"{name}-Signature": vector["signature"], f"{name}-Timestamp": vector["timestamp"]}
    sent = request(vector["payload"], headers)
    if vector["valid"]:
        assert len(sendgrid(vector["public_key"]).read(sent).submissions) == 1
    else:
        with pytest.raises(SignatureFailure) as failure:
            sendgrid(vector["public_key"]).read(sent)
        assert failure.value.reason is SignatureReason.MISMATCH


@pytest.mark.parametrize(
    ("signature", "timestamp", "reason"),
    [
        (None, "1700000000", SignatureReason.MISSING),
        ("AA==", None, SignatureReason.MISSING),
        ("", "", SignatureReason.MISSING),
        ("é", "1700000000", SignatureReason.MALFORMED),
        ("A", "1700000000", SignatureReason.MALFORMED),
        ("AA==\n", "1700000000", SignatureReason.MALFORMED),
        ("AA==", "1700000000", SignatureReason.MISMATCH),
        ("AA==", "\udcff", SignatureReason.MISMATCH),
        ("A" * 4_000, "1" * 4_000, SignatureReason.MISMATCH),
    ],
)
def test_a_bad_signature_is_refused_with_its_reason(signature, timestamp, reason):
    name = "X-Twilio-Email-Event-Webhook"
    headers = {f"{name}-Signature": signature, f"{name}-Timestamp": timestamp}
    sent = request("[]", {name: value for name, value in headers.items() if value is not None})
    with pytest.raises(SignatureFailure) as failure:
        sendgrid().read(sent)
    assert failure.value.reason is reason


def test_without_a_key_nobody_is_believed():
    with pytest.raises(SignatureFailure) as failure:
        SendGrid(SendGridConfig()).read(sendgrid_request([DELIVERED]))
    assert failure.value.reason is SignatureReason.NOT_CONFIGURED


def test_while_a_key_is_rotated_either_one_is_believed():
    other = ecdsa_key(8).configured
    for keys in (f"{other},{SENDGRID_KEY.configured}", f"{SENDGRID_KEY.configured}, {other}"):
        assert len(sendgrid(keys).read(sendgrid_request([DELIVERED])).submissions) == 1
    with pytest.raises(SignatureFailure):
        sendgrid(other).read(sendgrid_request([DELIVERED]))


def _spki(key: Any) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@pytest.mark.parametrize(
    "key",
    [
        "not base64",
        "AAAA",
        SENDGRID_KEY.configured[:-8],
        _spki(ec.generate_private_key(ec.SECP384R1())),
        _spki(ed25519.Ed25519PrivateKey.generate()),
    ],
    ids=["no base64", "too short", "cut off", "P-384", "Ed25519"],
)
def test_a_configured_key_that_is_no_p256_key_is_a_problem_of_the_configuration(key):
    with pytest.raises(ValidationError, match="ECDSA P-256"):
        SendGridConfig(public_key=SecretStr(f"{SENDGRID_KEY.configured},{key}"))


def test_every_changed_byte_of_the_body_is_noticed():
    sent = sendgrid_request([{"event": "open"}])
    for place in range(len(sent.body)):
        changed = sent.body[:place] + bytes([sent.body[place] ^ 1]) + sent.body[place + 1 :]
        with pytest.raises(SignatureFailure):
            sendgrid().read(sent._replace(body=changed))


def test_each_recipient_of_a_message_has_a_ladder_of_its_own():
    emails = ("a@example.com", "b@example.com", "A@Example.com", "Ann <a@example.com>")
    ids = [event(email=email).message_id for email in emails]
    assert len(set(ids)) == 2
    assert ids[0] == ids[2] == ids[3] == f"m1.filter.0:{recipient_digest('a@example.com')}"
    assert event(email=None).message_id == "m1.filter.0"


def test_an_open_belongs_to_the_message_that_was_delivered():
    assert event(event="open").message_id == event().message_id


@pytest.mark.parametrize("bad_id", [None, "", 5, ["x"], "a\0b", "x" * 500])
def test_a_step_without_a_usable_message_id_is_counted_by_its_event_id(bad_id):
    (submission,) = read(DELIVERED | {"sg_message_id": bad_id}).submissions
    assert (submission.event.message_id, submission.key) == (None, "e1")


def test_a_step_without_any_id_is_known_by_its_own_bytes():
    nameless = {"event": "delivered", "email": "a@example.com", "timestamp": 1755000000}
    first, again, other = read(nameless, nameless, nameless | {"timestamp": 1755000001}).submissions
    assert first.key == again.key != other.key


@pytest.mark.parametrize(
    ("fields", "tenants", "tenant"),
    [
        ({}, {}, "default"),
        ({"tenant": "acme"}, {}, "acme"),
        ({"tenant": "acme", "category": "news"}, {"news": "globex"}, "acme"),
        ({"tenant": "not a name", "category": "news"}, {"news": "globex"}, "globex"),
        ({"tenant": ["acme"]}, {}, "default"),
        ({"category": ["x", {"y": 1}, "news"]}, {"news": "globex"}, "globex"),
        ({"category": "other"}, {"news": "globex"}, "default"),
    ],
)
def test_the_tenant_is_a_custom_argument_or_comes_by_category(fields, tenants, tenant):
    (submission,) = read(DELIVERED | fields, tenants=tenants).submissions
    assert submission.event.tenant == tenant


@pytest.mark.parametrize(
    ("category", "kept"),
    [
        ("receipts", "receipts"),
        (["receipts"], "receipts"),
        (["a", "b"], None),
        ([], None),
        (5, None),
        ("", None),
    ],
)
def test_a_category_is_kept_where_there_is_one(category, kept):
    assert event(category=category).category == kept


def test_the_template_is_kept_by_its_name():
    assert event(sg_template_name="Welcome", sg_template_id="d-1").template == "Welcome"


@pytest.mark.parametrize(
    ("status", "code"),
    [("5.1.1", "5.1.1"), ("4.7.0", "4.7.0"), ("550", "550"), ("550 <jane@example.com>", None), (5.1, None)],
)
def test_only_a_status_code_becomes_an_error_code(status, code):
    assert event(event="bounce", status=status).error_code == code


def test_a_bounce_after_the_delivery_is_a_step_of_the_same_message():
    delivered, bounced = read(DELIVERED, DELIVERED | {"event": "bounce", "sg_event_id": "e2"}).submissions
    assert delivered.event.message_id == bounced.event.message_id
    assert bounced.event.status is Status.UNDELIVERED


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


def test_a_signed_timestamp_that_is_no_number_is_no_reason_to_refuse():
    assert len(sendgrid().read(sendgrid_request([DELIVERED], "data timestamp")).submissions) == 1


LIFE = [
    DELIVERED | {"event": word, "email": email, "sg_event_id": f"{word}-{email}"}
    for word in STEPS
    for email in ("a@example.com", "b@example.com")
]


@given(st.lists(st.sampled_from(LIFE), max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_a_batch_in_any_order_with_any_repeats_has_the_same_steps(events, random):
    shuffled = events * 2
    random.shuffle(shuffled)
    steps = [
        {(s.event.message_id, s.event.status) for s in read(*batch).submissions}
        for batch in (events, shuffled)
    ]
    assert steps[0] == steps[1]


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
