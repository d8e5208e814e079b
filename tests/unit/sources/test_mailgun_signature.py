"""Mailgun: who is believed, for how long, and that a token is worth one event."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.mailgun import Mailgun, MailgunConfig
from exporter.sources.source import Request
from tests.unit.sources.mail_sent import MAILGUN_KEY, mailgun, mailgun_proof, mailgun_request
from tests.unit.sources.mailgun_read import DELIVERED, RECORDED, read, sent_in_time
from tests.unit.sources.sent import NOW, request

CASES = {case["id"]: case for case in RECORDED["requests"]}


def refusal(sent: Request, source: Mailgun | None = None) -> SignatureReason:
    with pytest.raises(SignatureFailure) as failure:
        (source or mailgun()).read(sent)
    return failure.value.reason


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
