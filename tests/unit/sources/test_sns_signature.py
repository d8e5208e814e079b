"""SNS: which messages are believed, and the reason for which any other is refused."""

from __future__ import annotations

import base64

import pytest

from exporter.errors import SignatureReason
from exporter.sources.ses import Ses, SesConfig
from tests.unit.sources.mail_sent import read_sns, ses, ses_request, sns_request, sns_signed
from tests.unit.sources.sent import fixture, of_case, request
from tests.unit.sources.sns_sent import EVENT, SIGNED, refusal


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "Amazon SES Email Event Notification"}, {"Subject": ""}])
def test_a_message_is_believed_by_either_version_with_and_without_a_subject(version, subject):
    message = sns_signed({"Message": EVENT} | subject, version)
    assert len(read_sns(ses(), sns_request(message)).submissions) == 1


@pytest.mark.parametrize(
    "field", ["Message", "MessageId", "Subject", "Timestamp", "Type", "Signature", "SignatureVersion"]
)
def test_a_change_of_any_signed_field_is_noticed(field):
    changed = SIGNED | {field: SIGNED.get(field, "") + "A"}
    assert refusal(sns_request(changed)) in {SignatureReason.MISMATCH, SignatureReason.MALFORMED}


def test_what_is_signed_cannot_be_moved_between_fields():
    """A signed text is names and values on lines of their own, so a line end in a value could be one between fields."""
    message = sns_signed({"Message": EVENT, "Subject": "s"})
    moved = message | {"MessageId": f"{message['MessageId']}\nSubject\ns", "Subject": None}
    assert len(read_sns(ses(), sns_request(message)).submissions) == 1
    assert refusal(sns_request(moved)) is SignatureReason.MALFORMED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Signature": None}, SignatureReason.MISSING),
        ({"Signature": ""}, SignatureReason.MISSING),
        ({"SigningCertURL": None}, SignatureReason.MISSING),
        ({"SigningCertURL": 5}, SignatureReason.MALFORMED),
        ({"Signature": "EXAMPLE-SIGNATURE=="}, SignatureReason.MALFORMED),
        ({"Signature": "é"}, SignatureReason.MALFORMED),
        ({"Signature": "AAAA"}, SignatureReason.MISMATCH),
        ({"SignatureVersion": None}, SignatureReason.MALFORMED),
        ({"SignatureVersion": "3"}, SignatureReason.MALFORMED),
        ({"SignatureVersion": "1"}, SignatureReason.MISMATCH),
        ({"Type": "Hello"}, SignatureReason.MALFORMED),
        ({"TopicArn": "arn:aws:sns:us-east-1:999999999999:of-a-stranger"}, SignatureReason.MISMATCH),
        ({"TopicArn": None}, SignatureReason.MALFORMED),
        ({"Message": "\ud800"}, SignatureReason.MALFORMED),
    ],
)
def test_a_bad_message_is_refused_with_its_reason(changes, reason):
    assert refusal(sns_request(SIGNED | changes)) is reason


@pytest.mark.parametrize("body", ["", "moon", "[]", "{}", "5", "[" * 100_000, EVENT])
def test_a_body_that_is_no_signed_message_is_disbelieved_and_needs_nothing(body):
    """The last is what raw message delivery sends."""
    assert ses().document_needed(request(body)) is None
    assert refusal(request(body)) is SignatureReason.MALFORMED


@pytest.mark.parametrize("case", fixture("ses/sns_messages.json")["requests"], ids=lambda case: case["id"])
def test_a_recorded_message_as_it_stands_is_refused(case):
    """The file holds no signatures."""
    sent = of_case(case)
    topics = ("arn:aws:sns:us-east-1:1234567890:SES_Events", "arn:aws:sns:us-west-2:123456789012:MyTopic")
    refusal(sent, ses(*topics))


def test_without_topics_nobody_is_believed_and_nothing_is_fetched():
    source = Ses(SesConfig())
    assert source.document_needed(sns_request(SIGNED)) is None
    assert refusal(sns_request(SIGNED), source) is SignatureReason.NOT_CONFIGURED


def test_nothing_is_fetched_for_the_topic_of_a_stranger():
    stranger = sns_signed({"Message": EVENT, "TopicArn": "arn:aws:sns:us-east-1:999999999999:theirs"})
    assert ses().document_needed(sns_request(stranger)) is None


def test_a_signature_that_fits_no_key_is_a_mismatch():
    longer = base64.b64encode(b"\1" * 100_000).decode()
    assert refusal(sns_request(SIGNED | {"Signature": longer})) is SignatureReason.MISMATCH


def test_a_repeat_of_a_message_has_the_same_key():
    open_event = {"eventType": "Open", "mail": {"messageId": "m1"}}
    first, again = (read_sns(ses(), ses_request(open_event)).submissions[0] for _ in range(2))
    assert first.key == again.key
