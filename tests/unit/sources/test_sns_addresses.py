"""SNS: the only addresses where a certificate is fetched or a subscription is confirmed."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.errors import SignatureReason
from exporter.sources.sns_signature import is_subscribe_url
from tests.unit.sources.mail_sent import CERTIFICATE, read_sns, ses, sns_request, sns_signed
from tests.unit.sources.sns_sent import HOST, SIGNED, refusal

SUBSCRIBE_URL = (
    "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x&Token=2f"
)
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
