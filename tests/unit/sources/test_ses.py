"""Amazon SES: every recorded notification becomes the events its entry names, every bad one its answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporter.errors import Reason
from exporter.event import Account, Engagement, Message
from exporter.sources.ses import SesConfig
from exporter.sources.source import Batch
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass, Status
from tests.unit.sources.mail_sent import TOPIC_ARN, read_sns, ses, ses_request, sns_request, sns_signed
from tests.unit.sources.sent import fixture
from tests.unit.sources.ses_read import JANE, MAIL, PUBLISHED, RICHARD, TO, one, read

RECORDED = {case["id"]: case for case in fixture("ses/sns_messages.json")["requests"]}
MY_TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
STEP = {"channel": Channel.EMAIL, "provider": "ses", "direction": Direction.OUTBOUND, "tenant": "default"}
SEEN = {"channel": Channel.EMAIL, "actor": Actor.HUMAN, "tenant": "default"}
EXPECTED: dict[str, Message | Engagement] = {
    "test_bounce_event": Message(
        at=datetime(2016, 1, 27, 14, 59, 44, 101_000, UTC),
        status=Status.UNDELIVERED,
        message_id=f"00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000:{JANE}",
        error_code="5.1.1",
        error_class=ErrorClass.INVALID_NUMBER,
        **STEP,
    ),
    "test_complaint_event": Engagement(
        at=PUBLISHED,
        action="complaint",
        message_id=f"000001378603177f-7a5433e7-8edb-42ae-af10-f0181f34d6ee-000000:{RICHARD}",
        **SEEN,
    ),
    "test_send_event": Message(
        at=datetime(2016, 10, 14, 5, 2, 16, 645_000, UTC),
        status=Status.SENT,
        message_id=f"7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000:{TO}",
        **STEP,
    ),
    "test_open_event": Engagement(
        at=datetime(2017, 8, 9, 22, 0, 19, 652_000, UTC),
        action="open",
        message_id=f"7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000:{TO}",
        **SEEN,
    ),
    "test_rendering_failure_event": Message(
        at=PUBLISHED,
        status=Status.FAILED,
        message_id=f"c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000:{TO}",
        error_class=ErrorClass.TEMPLATE,
        template="MyTemplate",
        **STEP,
    ),
}


def recorded(name: str) -> Batch:
    """A recorded notification, signed by us and, where it says no topic, sent by ours."""
    fields = json.loads(RECORDED[name]["body"])
    for unsigned in ("Signature", "SignatureVersion", "SigningCertURL"):
        fields.pop(unsigned, None)
    return read_sns(ses(TOPIC_ARN, MY_TOPIC), sns_request(sns_signed(fields)))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_notification_becomes_the_event_it_holds(name):
    batch = recorded(name)
    assert [s.event for s in batch.submissions] == [EXPECTED[name]]
    assert not batch.parked
    assert RECORDED[name]["expect"]["ses_event"] in batch.submissions[0].raw.decode()


def test_a_recorded_subscription_is_confirmed():
    case = json.loads(RECORDED["subscription_confirmation"]["body"])
    assert recorded("subscription_confirmation").visit == case["SubscribeURL"]


def test_a_recorded_notification_that_is_no_json_is_parked_and_nothing_is_visited():
    batch = recorded("notification_not_json")
    assert [(p.reason, p.raw) for p in batch.parked] == [(Reason.MALFORMED_EVENT, b"not json")]
    assert (batch.submissions, batch.visit) == ([], None)


@pytest.mark.parametrize("name", EXPECTED)
def test_no_person_of_a_recorded_notification_reaches_an_event(name):
    for submission in recorded(name).submissions:
        for personal in ("@", "Doe", "127.0", "192.0.2", "Hello", "Mozilla"):
            assert personal not in str(submission.event)


@pytest.mark.parametrize(
    "odd", [None, 5, "x", [], {"tags": 5, "source": 5}, {"tags": {"ses:configuration-set": [[]]}}]
)
def test_an_odd_mail_is_counted_without_a_ladder(odd):
    for name in ("Send", "Bounce", "Open"):
        assert one(name, odd, mail=odd, tenants={"x": "acme"}).message_id is None


def test_an_event_we_do_not_know_is_news_of_other():
    news = one("MoonLanding", {})
    assert isinstance(news, Account)
    assert (news.provider, news.field, news.state) == ("ses", "other", "MoonLanding")


def test_the_older_notifications_are_read_alike():
    old = {"notificationType": "Delivery", "mail": MAIL, "delivery": {"recipients": ["jane@example.com"]}}
    (submission,) = read_sns(ses(), ses_request(old)).submissions
    assert submission.event.status is Status.DELIVERED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.MALFORMED_EVENT),
        ("[]", Reason.MALFORMED_EVENT),
        ("[" * 50_000, Reason.MALFORMED_EVENT),
        ("{}", Reason.MISSING_FIELD),
        ('{"eventType": ["Send"]}', Reason.BAD_FIELD),
        (
            json.dumps({"eventType": "Send", "mail": {"destination": ["a@example.com"] * 101}}),
            Reason.TOO_LARGE,
        ),
    ],
)
def test_a_notification_that_is_no_event_is_parked(text, reason):
    batch = read_sns(ses(), ses_request(text))
    assert [(p.reason, p.raw) for p in batch.parked] == [(reason, text.encode())]
    assert not batch.submissions


def test_the_greeting_of_ses_is_nothing_to_count():
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."
    assert read_sns(ses(), ses_request(greeting)) == Batch([], [], ignored=1)


@pytest.mark.parametrize(
    "arn",
    ["", "*", "arn:aws:sqs:us-east-1:1:x", "arn:aws:sns:us-east-1:abc:x", "arn:aws:sns:us-east-1:1:x\n"],
)
def test_a_topic_that_cannot_be_one_is_a_problem_of_the_configuration(arn):
    with pytest.raises(ValidationError, match="must be the ARN of a topic"):
        SesConfig(topic_arns=[arn])


names = st.sampled_from(
    [
        "eventType",
        "mail",
        "bounce",
        "open",
        "destination",
        "timestamp",
        "messageId",
        "tags",
        "bouncedRecipients",
    ]
)
words = st.sampled_from(["Send", "Bounce", "Complaint", "Open", "Subscription", "DeliveryDelay"])
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(trees, trees, words)
@settings(max_examples=200, deadline=None)
def test_any_signed_event_is_counted_or_parked(mail, section, name):
    batch = read(name, section, mail=mail)
    assert batch.submissions or batch.parked
    for submission in batch.submissions:
        str(submission.event).encode()


@given(st.text(max_size=60, alphabet=st.characters(exclude_categories=["Cs"])))
@settings(max_examples=100, deadline=None)
def test_any_signed_text_is_counted_or_parked(text):
    batch = read_sns(ses(), ses_request(text))
    assert len(batch.submissions) + len(batch.parked) == 1
