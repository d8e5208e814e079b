"""SNS: which messages, addresses and certificates are believed."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.ses import Ses, SesConfig
from exporter.sources.sns_signature import Certificates, is_subscribe_url
from exporter.sources.source import Request
from tests.unit.sources.mail_sent import (
    CERTIFICATE,
    CERTIFICATE_URL,
    read_sns,
    ses,
    ses_request,
    sns_request,
    sns_signed,
)
from tests.unit.sources.proofs import sns_certificate
from tests.unit.sources.sent import NOW, fixture, of_case, request

EVENT = json.dumps({"eventType": "Send", "mail": {"messageId": "m1", "destination": ["jane@example.com"]}})
SUBSCRIBE_URL = (
    "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x&Token=2f"
)
SIGNED = sns_signed({"Message": EVENT})


def refusal(sent: Request, source: Ses | None = None) -> SignatureReason:
    with pytest.raises(SignatureFailure) as failure:
        read_sns(source or ses(), sent)
    return failure.value.reason


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


HOST = "https://sns.us-east-1.amazonaws.com"
FILE = "SimpleNotificationService-0123456789abcdef.pem"


@pytest.mark.parametrize(
    "url",
    [
        f"{HOST}/{FILE}",
        f"https://sns.cn-north-1.amazonaws.com.cn/{FILE}",
        f"https://sns.us-gov-west-1.amazonaws.com/{FILE}",
        f"https://sns.ap-southeast-2.amazonaws.com/{FILE}",
    ],
)
def test_a_certificate_of_sns_is_needed_until_it_is_here(url):
    source, sent = ses(), sns_request(SIGNED | {"SigningCertURL": url})
    assert source.document_needed(sent) == url
    source.learn(url, CERTIFICATE)
    assert source.document_needed(sent) is None


HOSTILE_HOSTS = [
    "http://sns.us-east-1.amazonaws.com",
    "HTTPS://sns.us-east-1.amazonaws.com",
    "//sns.us-east-1.amazonaws.com",
    "ftp://sns.us-east-1.amazonaws.com",
    "https://sns.us-east-1.amazonaws.com.evil.example",
    "https://sns.us-east-1.amazonaws.com.cn.evil.example",
    "https://sns.us-east-1.amazonaws.comevil.example",
    "https://evil.example/sns.us-east-1.amazonaws.com",
    "https://evil.example#sns.us-east-1.amazonaws.com",
    "https://evil.example?sns.us-east-1.amazonaws.com",
    "https://evil.example\\@sns.us-east-1.amazonaws.com",
    "https://evilsns.us-east-1.amazonaws.com",
    "https://x.sns.us-east-1.amazonaws.com",
    "https://sns.us-east-1.evil.amazonaws.com",
    "https://sns.us-east-1.s3.amazonaws.com",
    "https://sns.s3.amazonaws.com",
    "https://sns.s3-website-1.amazonaws.com/bucket",
    "https://sns.amazonaws.com",
    "https://sns..amazonaws.com",
    "https://s3.us-east-1.amazonaws.com/sns",
    "https://sns.us-east-1.amazonaws.com:443",
    "https://sns.us-east-1.amazonaws.com:8443",
    "https://user@sns.us-east-1.amazonaws.com",
    "https://user:word@sns.us-east-1.amazonaws.com",
    "https://sns.us-east-1.amazonaws.com@evil.example",
    "https://sns.us-east-1.amazonaws.com.",
    "https://sns.us-east-1.amazonaws.com\t",
    "https://sns.us-east-1.amazonaws.com\r\nHost: evil.example\r\n",
    "https://sns.us-east-1.аmazonaws.com",
    "https://sns.us-east-1。amazonaws.com",
    "https://sns.us-east-1%2eamazonaws.com",
    "https://sns.US-EAST-1.amazonaws.com",
    "https://169.254.169.254",
    "https://[::1]",
    "https://localhost",
    "file:///etc",
    " https://sns.us-east-1.amazonaws.com",
]
HOSTILE_FILES = [
    "",
    "SimpleNotificationService-.pem",
    "SimpleNotificationService-a.pem.exe",
    "SimpleNotificationService-a.PEM",
    "SimpleNotificationService-a.pem?x=1",
    "SimpleNotificationService-a.pem#x",
    "SimpleNotificationService-a.pem\n",
    "SimpleNotificationService-a/../b.pem",
    "SimpleNotificationService-a%2e.pem",
    "../SimpleNotificationService-a.pem",
    "x/SimpleNotificationService-a.pem",
    "/SimpleNotificationService-a.pem",
    "OtherService-a.pem",
    "?Action=Publish&x=SimpleNotificationService-a.pem",
    f"SimpleNotificationService-{'a' * 65}.pem",
]


@pytest.mark.parametrize(
    "url", [f"{host}/{FILE}" for host in HOSTILE_HOSTS] + [f"{HOST}/{file}" for file in HOSTILE_FILES]
)
def test_no_other_address_is_ever_fetched_or_believed(url):
    sent = sns_request(SIGNED | {"SigningCertURL": url})
    assert ses().document_needed(sent) is None
    assert refusal(sent) is SignatureReason.MALFORMED


@pytest.mark.parametrize(
    "url",
    [f"{host}/?Action=ConfirmSubscription&Token=1" for host in HOSTILE_HOSTS]
    + [
        f"{HOST}/",
        f"{HOST}/?Action=Publish&Token=1",
        f"{HOST}/?Action=ConfirmSubscription",
        f"{HOST}/?Action=ConfirmSubscription&Token=1#x",
        f"{HOST}/?Action=ConfirmSubscription&Token=1\n",
        f"{HOST}/?Action=ConfirmSubscription&Token=é",
        f"{HOST}/?Action=ConfirmSubscription&Token={'1' * 3_000}",
        f"{HOST}/x?Action=ConfirmSubscription&Token=1",
        None,
    ],
)
def test_no_other_address_is_ever_visited(url):
    assert not is_subscribe_url(url)


def test_the_address_that_confirms_a_subscription_is_one():
    assert is_subscribe_url(SUBSCRIBE_URL)


def confirmation(**fields: Any) -> dict[str, Any]:
    whole = {"Type": "SubscriptionConfirmation", "Message": "m", "Token": "t", "SubscribeURL": SUBSCRIBE_URL}
    return sns_signed(whole | fields)


def test_a_subscription_to_our_topic_is_confirmed_and_counted_once():
    first, again = (read_sns(ses(), sns_request(confirmation())) for _ in range(2))
    assert first.visit == SUBSCRIBE_URL
    (news,) = first.submissions
    assert (news.event.provider, news.event.field) == ("ses", "SubscriptionConfirmation")
    assert news.key == again.submissions[0].key


def test_a_subscription_that_nobody_signed_is_not_visited():
    for changes in ({"Token": "other"}, {"SubscribeURL": "http://169.254.169.254/latest/meta-data/"}):
        assert refusal(sns_request(confirmation() | changes)) is SignatureReason.MISMATCH


def test_a_subscription_to_the_topic_of_a_stranger_is_not_visited():
    strange = confirmation(TopicArn="arn:aws:sns:us-east-1:999999999999:theirs")
    assert refusal(sns_request(strange)) is SignatureReason.MISMATCH


@pytest.mark.parametrize("url", ["https://evil.example/", "http://169.254.169.254/latest/meta-data/", ""])
def test_an_address_that_is_not_of_sns_is_not_visited_though_it_is_signed(url):
    batch = read_sns(ses(), sns_request(confirmation(SubscribeURL=url)))
    assert batch.visit is None
    assert [parked.detail for parked in batch.parked] == ["SubscribeURL: not one of SNS"]


def test_the_end_of_a_subscription_is_news_and_nothing_is_visited():
    batch = read_sns(ses(), sns_request(confirmation(Type="UnsubscribeConfirmation")))
    assert batch.visit is None
    assert [s.event.field for s in batch.submissions] == ["UnsubscribeConfirmation"]


def test_another_key_behind_the_same_address_proves_nothing():
    _, _, other = sns_certificate("other")
    source, sent = ses(), sns_request(SIGNED)
    source.learn(CERTIFICATE_URL, other)
    with pytest.raises(SignatureFailure) as failure:
        source.read(sent)
    assert failure.value.reason is SignatureReason.MISMATCH


def _certificate(key: Any, first: datetime, last: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    signed = builder.serial_number(1).not_valid_before(first).not_valid_after(last).sign(key, SHA256())
    return signed.public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not a certificate",
        b"<html>404</html>",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        CERTIFICATE[:200],
        _certificate(ec.generate_private_key(ec.SECP256R1()), NOW, NOW + timedelta(days=1)),
    ],
)
def test_a_document_that_is_no_rsa_certificate_is_not_kept(document):
    source, sent = ses(), sns_request(SIGNED)
    source.learn(CERTIFICATE_URL, document)
    with pytest.raises(SignatureFailure):
        source.read(sent)
    assert source.document_needed(sent) == CERTIFICATE_URL


@pytest.mark.parametrize(
    "received_at", [datetime(2019, 12, 31, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)]
)
def test_a_certificate_proves_nothing_outside_its_dates(received_at):
    assert refusal(sns_request(SIGNED)._replace(received_at=received_at)) is SignatureReason.EXPIRED


def test_only_the_last_few_certificates_are_remembered():
    certificates = Certificates()
    urls = [f"{HOST}/SimpleNotificationService-{number}.pem" for number in range(17)]
    for url in urls:
        certificates.learn(url, CERTIFICATE)
    assert [url for url in urls if certificates.needed(url)] == urls[:1]


def test_a_signature_that_fits_no_key_is_a_mismatch():
    longer = base64.b64encode(b"\1" * 100_000).decode()
    assert refusal(sns_request(SIGNED | {"Signature": longer})) is SignatureReason.MISMATCH


def test_a_repeat_of_a_message_has_the_same_key():
    open_event = {"eventType": "Open", "mail": {"messageId": "m1"}}
    first, again = (read_sns(ses(), ses_request(open_event)).submissions[0] for _ in range(2))
    assert first.key == again.key
