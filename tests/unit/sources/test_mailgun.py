"""Mailgun: every recorded webhook becomes the event its entry names, every bad one its answer."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, SignatureFailure, SignatureReason
from exporter.event import Account, Engagement, Message
from exporter.sources.mail import recipient_digest
from exporter.sources.mailgun import Mailgun, MailgunConfig
from exporter.sources.source import Batch, Request
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass, Status
from tests.unit.sources.mail_sent import MAILGUN_KEY, mailgun, mailgun_proof, mailgun_request
from tests.unit.sources.sent import NOW, fixture, of_case, request

RECORDED = fixture("mailgun/events.json")
CASES = {case["id"]: case for case in RECORDED["requests"]}
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
DELIVERED: dict[str, Any] = {
    "event": "delivered",
    "timestamp": 1755000000.25,
    "recipient": "jane@example.com",
    "message": {"headers": {"message-id": "m1@mg.example.com"}},
}


def sent_in_time(case: dict[str, Any]) -> Request:
    """A recorded request, received when it was signed."""
    sent = of_case(case)
    proof = json.loads(case["body"]).get("signature", {"timestamp": "1534108637"})
    return sent._replace(received_at=datetime.fromtimestamp(int(proof["timestamp"]), UTC))


def read(event_data: Any, **keys: Any) -> Batch:
    return mailgun(**keys).read(mailgun_request(event_data))


def event(**fields: Any) -> Any:
    (submission,) = read(DELIVERED | fields).submissions
    return submission.event


def refusal(sent: Request, source: Mailgun | None = None) -> SignatureReason:
    with pytest.raises(SignatureFailure) as failure:
        (source or mailgun()).read(sent)
    return failure.value.reason


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


def test_a_wrong_and_a_missing_signature_are_refused():
    assert refusal(sent_in_time(CASES["wrong_signature"])) is SignatureReason.MISMATCH
    assert refusal(sent_in_time(CASES["no_signature"])) is SignatureReason.MISSING


def test_a_token_is_worth_one_event_whatever_body_and_tenant_come_with_it():
    proof = mailgun_proof()
    bodies = (DELIVERED, DELIVERED | {"event": "opened"}, DELIVERED | {"user-variables": {"tenant": "acme"}})
    submissions = [mailgun().read(mailgun_request(body, proof)).submissions[0] for body in bodies]
    assert len({s.key for s in submissions}) == 1
    assert all(s.across_tenants for s in submissions)
    shouted = proof | {"signature": proof["signature"].upper()}
    assert mailgun().read(mailgun_request(DELIVERED, shouted)).submissions[0].key == submissions[0].key


def test_two_tokens_are_worth_two_events():
    assert read(DELIVERED).submissions[0].key != read(DELIVERED).submissions[0].key


def test_time_and_token_cannot_be_parted_anew():
    """The signature covers the two without a separator."""
    proof = mailgun_proof(token="1234567890" * 5)
    timestamp, token = proof["timestamp"], proof["token"]
    for cut in (9, 11, 15):
        both = timestamp + token
        moved = proof | {"timestamp": both[:cut], "token": both[cut:]}
        assert refusal(mailgun_request(DELIVERED, moved)) is SignatureReason.MALFORMED


@pytest.mark.parametrize(
    ("age", "believed"),
    [
        (timedelta(0), True),
        (timedelta(hours=8), True),
        (timedelta(hours=12), True),
        (timedelta(hours=12, seconds=1), False),
        (-timedelta(hours=12), True),
        (-timedelta(hours=12, seconds=1), False),
        (timedelta(days=3_000), False),
    ],
)
def test_a_signature_is_good_for_as_long_as_mailgun_tries_again(age, believed):
    sent = mailgun_request(DELIVERED)._replace(received_at=NOW + age)
    if believed:
        assert mailgun().read(sent).submissions
    else:
        assert refusal(sent) is SignatureReason.EXPIRED


def test_the_tolerance_is_configured():
    sent = mailgun_request(DELIVERED)._replace(received_at=NOW + timedelta(seconds=61))
    assert mailgun(tolerance_s=120).read(sent).submissions
    assert refusal(sent, mailgun(tolerance_s=60)) is SignatureReason.EXPIRED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signature": ""}, SignatureReason.MALFORMED),
        ({"signature": "0" * 63}, SignatureReason.MALFORMED),
        ({"signature": "é" * 64}, SignatureReason.MALFORMED),
        ({"signature": None}, SignatureReason.MALFORMED),
        ({"signature": "0" * 64}, SignatureReason.MISMATCH),
        ({"token": ""}, SignatureReason.MALFORMED),
        ({"token": "\ud800"}, SignatureReason.MALFORMED),
        ({"token": "another"}, SignatureReason.MISMATCH),
        ({"timestamp": "now"}, SignatureReason.MALFORMED),
        ({"timestamp": "١٧٥٥٠٠٠٠٠٠"}, SignatureReason.MALFORMED),
        ({"timestamp": -1755000000}, SignatureReason.MALFORMED),
        ({"timestamp": 10**400}, SignatureReason.MALFORMED),
        ({"timestamp": "1755000000"}, SignatureReason.MISMATCH),
    ],
)
def test_a_bad_proof_is_refused_with_its_reason(changes, reason):
    assert refusal(mailgun_request(DELIVERED, mailgun_proof() | changes)) is reason


@pytest.mark.parametrize(
    "body", ["", "[]", "moon", "5", '{"signature": 5}', "timestamp=1&token=2", "[" * 100_000]
)
def test_a_body_that_holds_no_proof_is_disbelieved_and_not_kept(body):
    assert refusal(request(body)) is SignatureReason.MALFORMED


def test_a_time_given_as_a_number_is_signed_as_its_digits():
    proof = mailgun_proof()
    sent = mailgun_request(DELIVERED, proof | {"timestamp": int(proof["timestamp"])})
    assert mailgun().read(sent).submissions


def test_without_a_key_nobody_is_believed():
    source = Mailgun(MailgunConfig())
    assert refusal(mailgun_request(DELIVERED), source) is SignatureReason.NOT_CONFIGURED


@pytest.mark.parametrize("configured", [f"{MAILGUN_KEY},new", f"old, {MAILGUN_KEY}"])
def test_while_a_key_is_rotated_either_one_is_believed(configured):
    assert mailgun(configured).read(mailgun_request(DELIVERED)).submissions


@pytest.mark.parametrize(
    ("fields", "status", "error_class"),
    [
        ({"event": "accepted"}, Status.SENT, ErrorClass.NONE),
        ({"event": "delivered"}, Status.DELIVERED, ErrorClass.NONE),
        ({"event": "delivered", "reason": "suppress-bounce"}, Status.DELIVERED, ErrorClass.NONE),
        ({"event": "failed", "severity": "temporary", "reason": "generic"}, Status.DEFERRED, ErrorClass.NONE),
        (
            {"event": "failed", "severity": "permanent", "reason": "bounce"},
            Status.UNDELIVERED,
            ErrorClass.UNKNOWN,
        ),
        (
            {"event": "failed", "severity": "permanent", "reason": "old"},
            Status.UNDELIVERED,
            ErrorClass.EXPIRED,
        ),
        ({"event": "failed", "reason": "espblock"}, Status.UNDELIVERED, ErrorClass.FILTERED),
        ({"event": "failed", "reason": "suppress-bounce"}, Status.FAILED, ErrorClass.BLOCKED),
        ({"event": "failed", "reason": "suppress-unsubscribe"}, Status.FAILED, ErrorClass.OPTED_OUT),
        ({"event": "failed", "reason": "suppress-complaint"}, Status.FAILED, ErrorClass.OPTED_OUT),
        ({"event": "failed", "reason": ["suppress-bounce"]}, Status.UNDELIVERED, ErrorClass.UNKNOWN),
        ({"event": "rejected", "reject": {"reason": "Bad content"}}, Status.FAILED, ErrorClass.CONTENT),
    ],
)
def test_each_event_of_a_message_is_its_status(fields, status, error_class):
    step = event(**fields)
    assert (step.status, step.error_class) == (status, error_class)


def test_the_code_of_the_receiving_server_says_why():
    code = {"code": 550, "enhanced-code": "5.1.1", "message": "jane@example.com unknown"}
    step = event(event="failed", severity="permanent", reason="bounce", **{"delivery-status": code})
    assert (step.error_code, step.error_class) == ("5.1.1", ErrorClass.INVALID_NUMBER)
    assert event(**{"delivery-status": {"code": 250}}).error_code is None


@pytest.mark.parametrize(
    ("word", "action"),
    [("opened", "open"), ("clicked", "click"), ("complained", "complaint"), ("unsubscribed", "opt_out")],
)
def test_each_thing_done_with_a_message_is_its_action(word, action):
    done = event(event=word)
    assert (done.action, done.message_id) == (action, event().message_id)


@pytest.mark.parametrize(
    ("client_info", "actor"),
    [
        (None, Actor.HUMAN),
        ({"bot": "", "user-agent": "Mozilla/5.0 (iPhone)"}, Actor.HUMAN),
        ({"bot": "apple"}, Actor.MACHINE),
        ({"bot": "gmail"}, Actor.MACHINE),
        ({"bot": "generic"}, Actor.MACHINE),
        ({"user-agent": "Mozilla/5.0"}, Actor.MACHINE),
        (["apple"], Actor.HUMAN),
    ],
)
def test_a_machine_that_opens_is_told_by_mailgun_or_by_its_name(client_info, actor):
    for word in ("opened", "clicked"):
        assert event(event=word, **{"client-info": client_info}).actor is actor
    assert event(event="complained", **{"client-info": client_info}).actor is Actor.HUMAN


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


@pytest.mark.parametrize(
    ("fields", "tenant"),
    [
        ({}, "globex"),
        ({"user-variables": {"tenant": "acme"}}, "acme"),
        ({"user-variables": {"tenant": "not a name"}}, "globex"),
        ({"user-variables": []}, "globex"),
        ({"domain": {"name": "MG.example.org"}}, "initech"),
        ({"envelope": {"sender": "bounce@mg.example.org"}}, "initech"),
        ({"message": {"headers": {"message-id": "m1@elsewhere"}}}, "default"),
        ({"message": None}, "default"),
    ],
)
def test_the_tenant_is_a_user_variable_or_comes_by_domain(fields, tenant):
    tenants = {"mg.example.com": "globex", "mg.example.org": "initech"}
    (submission,) = read(DELIVERED | fields, tenants=tenants).submissions
    assert submission.event.tenant == tenant


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        (1755000000, datetime.fromtimestamp(1755000000, UTC)),
        (1755000000.5, datetime.fromtimestamp(1755000000.5, UTC)),
        (1e300, NOW),
        (-1.5, NOW),
        (0.5, NOW),
        (9999999999.5, NOW),
        ("soon", NOW),
        (None, NOW),
        ([], NOW),
    ],
)
def test_an_absurd_time_becomes_the_time_of_receipt(timestamp, at):
    assert event(timestamp=timestamp).at == at


def test_a_template_is_kept_by_its_name():
    assert event(template={"name": "welcome", "version": "2"}).template == "welcome"
    assert event(template="welcome").template is None


def test_each_recipient_of_a_message_has_a_ladder_of_its_own():
    assert event().message_id != event(recipient="john@example.com").message_id
    assert event(recipient=None).message_id == "m1@mg.example.com"


def test_every_permutation_of_a_life_with_repeats_has_the_same_steps():
    life = [
        DELIVERED | {"event": "accepted"},
        DELIVERED | {"event": "failed", "severity": "temporary"},
        DELIVERED,
        DELIVERED | {"event": "failed", "severity": "permanent"},
    ]
    pairs = {(event(**data).message_id, event(**data).status) for data in life}
    assert len(pairs) == 4
    assert pairs == {(event(**data).message_id, event(**data).status) for data in [*life[::-1], *life]}


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
