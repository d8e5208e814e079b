"""Amazon SES: every recorded notification becomes the events its entry names, every bad one its answer."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from exporter.errors import Reason
from exporter.event import Account, Engagement, Message
from exporter.sources.mail import recipient_digest
from exporter.sources.ses import SesConfig
from exporter.sources.source import Batch
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass, Status
from tests.unit.sources.mail_sent import (
    TOPIC_ARN,
    read_sns,
    ses,
    ses_request,
    sns_request,
    sns_signed,
)
from tests.unit.sources.sent import NOW, fixture

RECORDED = {case["id"]: case for case in fixture("ses/sns_messages.json")["requests"]}
MY_TOPIC = "arn:aws:sns:us-west-2:123456789012:MyTopic"
PUBLISHED = datetime(2018, 3, 26, 17, 58, 59, 675_000, UTC)
JANE, RICHARD, TO = map(
    recipient_digest, ("jane@example.com", "richard@example.com", "recipient@example.com")
)
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
MAIL: dict[str, Any] = {
    "messageId": "m1",
    "timestamp": "2026-11-20T10:00:00.000Z",
    "source": "Shop <shop@mail.example.com>",
    "destination": ["jane@example.com", "john@example.com"],
}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"


def recorded(name: str) -> Batch:
    """A recorded notification, signed by us and, where it says no topic, sent by ours."""
    fields = json.loads(RECORDED[name]["body"])
    for unsigned in ("Signature", "SignatureVersion", "SigningCertURL"):
        fields.pop(unsigned, None)
    return read_sns(ses(TOPIC_ARN, MY_TOPIC), sns_request(sns_signed(fields)))


def read(name: str, section: Any = None, *, mail: Any = MAIL, **keys: Any) -> Batch:
    places = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}
    event = {"eventType": name, "mail": mail, places.get(name, name.lower()): section}
    return read_sns(ses(**keys), ses_request(event))


def events(name: str, section: Any = None, **keys: Any) -> list[Any]:
    batch = read(name, section, **keys)
    assert not batch.parked
    return [submission.event for submission in batch.submissions]


def one(name: str, section: Any = None, **keys: Any) -> Any:
    (event,) = events(name, section, **keys)
    return event


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
    ("name", "section", "status"),
    [
        ("Send", {}, Status.SENT),
        ("Delivery", {"recipients": ["jane@example.com", "john@example.com"]}, Status.DELIVERED),
        (
            "DeliveryDelay",
            {
                "delayedRecipients": [
                    {"emailAddress": "jane@example.com"},
                    {"emailAddress": "john@example.com"},
                ]
            },
            Status.DEFERRED,
        ),
        ("Reject", {"reason": "Bad content"}, Status.FAILED),
        ("Rendering Failure", {"templateName": "t"}, Status.FAILED),
        ("Bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, Status.UNDELIVERED),
    ],
)
def test_each_recipient_has_a_step_of_its_own(name, section, status):
    steps = events(name, section)
    assert [step.status for step in steps] == [status, status]
    assert [step.message_id for step in steps] == [f"m1:{JANE}", f"m1:{recipient_digest('john@example.com')}"]


def test_a_notification_may_name_fewer_recipients_than_the_mail_had():
    assert [step.message_id for step in events("Delivery", {"recipients": ["John@example.com"]})] == [
        f"m1:{recipient_digest('john@example.com')}"
    ]


def test_a_step_needs_no_key_and_without_a_message_id_it_has_that_of_its_notification():
    assert {s.key for s in read("Send", {}).submissions} == {None}
    nameless = read("Send", {}, mail={"destination": ["a@example.com", "b@example.com"]}).submissions
    assert len({s.key for s in nameless}) == 2
    assert all(s.key for s in nameless)


@pytest.mark.parametrize(
    ("subtype", "code", "status", "error_class"),
    [
        ("General", "5.1.1", Status.UNDELIVERED, ErrorClass.INVALID_NUMBER),
        ("General", "4.4.7", Status.UNDELIVERED, ErrorClass.EXPIRED),
        ("General", None, Status.UNDELIVERED, ErrorClass.UNKNOWN),
        ("NoEmail", None, Status.UNDELIVERED, ErrorClass.INVALID_NUMBER),
        ("MailboxFull", "5.2.2", Status.UNDELIVERED, ErrorClass.UNREACHABLE),
        ("MessageTooLarge", None, Status.UNDELIVERED, ErrorClass.CONTENT),
        ("AttachmentRejected", None, Status.UNDELIVERED, ErrorClass.MEDIA),
        ("Undetermined", None, Status.UNDELIVERED, ErrorClass.UNKNOWN),
        ("Suppressed", None, Status.FAILED, ErrorClass.BLOCKED),
        ("OnAccountSuppressionList", None, Status.FAILED, ErrorClass.BLOCKED),
        ("UnsubscribedRecipient", None, Status.FAILED, ErrorClass.OPTED_OUT),
        (["General"], None, Status.UNDELIVERED, ErrorClass.UNKNOWN),
    ],
)
def test_a_bounce_says_why_and_what_never_left_has_failed(subtype, code, status, error_class):
    recipient = {"emailAddress": "jane@example.com", "status": code}
    step = one("Bounce", {"bounceSubType": subtype, "bouncedRecipients": [recipient]})
    assert (step.status, step.error_class, step.error_code) == (status, error_class, code)


def test_a_complaint_counts_once_however_many_it_might_have_been():
    many = {"complainedRecipients": [{"emailAddress": "a@x.example"}, {"emailAddress": "b@x.example"}]}
    complaint = one("Complaint", many)
    assert (complaint.action, complaint.message_id) == ("complaint", "m1")
    alone = {"complainedRecipients": [{"emailAddress": "jane@example.com"}]}
    assert one("Complaint", alone).message_id == f"m1:{JANE}"


def test_a_complaint_is_a_persons_whatever_program_reports_it():
    at_once = {"timestamp": MAIL["timestamp"], "userAgent": "Mozilla/5.0"}
    assert one("Complaint", at_once).actor is Actor.HUMAN


def test_a_report_that_says_no_spam_is_no_complaint():
    assert one("Complaint", {"complaintFeedbackType": "not-spam"}).action == "not_spam"


def test_a_complaint_of_the_suppression_list_is_a_mail_that_never_left():
    steps = events(
        "Complaint",
        {
            "complaintSubType": "OnAccountSuppressionList",
            "complainedRecipients": [{"emailAddress": "jane@example.com"}],
        },
    )
    assert [(s.status, s.error_class) for s in steps] == [(Status.FAILED, ErrorClass.BLOCKED)]


@pytest.mark.parametrize(
    ("preferences", "action"),
    [
        ({"unsubscribeAll": True}, "opt_out"),
        ({"unsubscribeAll": False, "topicSubscriptionStatus": []}, "opt_in"),
        (
            {"topicSubscriptionStatus": [{"subscriptionStatus": "OptIn"}, {"subscriptionStatus": "OptOut"}]},
            "opt_out",
        ),
        ({"topicSubscriptionStatus": [{"subscriptionStatus": "OptIn"}]}, "opt_in"),
        ({"topicSubscriptionStatus": "OptOut"}, "opt_in"),
    ],
)
def test_a_subscription_is_an_opt_out_where_less_is_wanted(preferences, action):
    assert one("Subscription", {"newTopicPreferences": preferences}).action == action


@pytest.mark.parametrize(
    ("seconds", "user_agent", "actor"),
    [
        (1, PHONE, Actor.MACHINE),
        (4.9, PHONE, Actor.MACHINE),
        (5, PHONE, Actor.HUMAN),
        (3_600, PHONE, Actor.HUMAN),
        (3_600, "Mozilla/5.0", Actor.MACHINE),
        (3_600, None, Actor.HUMAN),
    ],
)
def test_an_open_or_click_of_a_machine_is_told_by_its_name_or_its_haste(seconds, user_agent, actor):
    at = datetime(2026, 11, 20, 10, tzinfo=UTC) + timedelta(seconds=seconds)
    for name in ("Open", "Click"):
        done = one(name, {"timestamp": at.isoformat(), "userAgent": user_agent})
        assert (done.actor, done.at) == (actor, at)


def test_haste_is_not_guessed_where_a_time_is_missing():
    assert one("Open", {"timestamp": "2026-11-20T10:00:00Z"}, mail={"messageId": "m"}).actor is Actor.HUMAN
    assert one("Open", {"userAgent": PHONE}).actor is Actor.HUMAN


def test_an_open_of_one_recipient_belongs_to_that_ladder_and_of_several_to_none():
    assert one("Open", {}, mail=MAIL | {"destination": ["jane@example.com"]}).message_id == f"m1:{JANE}"
    assert one("Open", {}).message_id == "m1"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20T10:00:05.123Z", datetime(2026, 11, 20, 10, 0, 5, 123_000, UTC)),
        ("2026-11-20T12:00:05+02:00", datetime(2026, 11, 20, 10, 0, 5, tzinfo=UTC)),
        ("2026-11-20T10:00:05", PUBLISHED),
        ("1999-01-01T00:00:00Z", PUBLISHED),
        ("2030-01-01T00:00:00Z", PUBLISHED),
        ("0001-01-01T00:00:00+14:00", PUBLISHED),
        ("9999-12-31T23:59:59-14:00", PUBLISHED),
        ("soon", PUBLISHED),
        (1755000000, PUBLISHED),
        (None, PUBLISHED),
    ],
)
def test_an_absurd_time_becomes_that_of_the_notification(text, at):
    assert one("Open", {"timestamp": text}).at == at


def test_where_the_notification_has_no_time_either_it_is_that_of_receipt():
    message = sns_signed({"Message": json.dumps({"eventType": "Open"}), "Timestamp": "soon"})
    (submission,) = read_sns(ses(), sns_request(message)).submissions
    assert submission.event.at == NOW


@pytest.mark.parametrize(
    ("tenants", "tenant"),
    [
        ({}, "default"),
        ({"ConfigSet": "acme", "mail.example.com": "globex", TOPIC_ARN: "initech"}, "acme"),
        ({"mail.example.com": "globex", TOPIC_ARN: "initech"}, "globex"),
        ({TOPIC_ARN: "initech"}, "initech"),
    ],
)
def test_the_tenant_comes_by_configuration_set_domain_or_topic(tenants, tenant):
    mail = MAIL | {"tags": {"ses:configuration-set": ["ConfigSet"]}}
    assert {event.tenant for event in events("Send", {}, mail=mail, tenants=tenants)} == {tenant}


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


LIFE: list[tuple[str, dict[str, Any]]] = [
    ("Send", {}),
    ("DeliveryDelay", {"delayedRecipients": [{"emailAddress": "jane@example.com"}]}),
    ("Delivery", {"recipients": ["jane@example.com"]}),
    ("Bounce", {"bouncedRecipients": [{"emailAddress": "jane@example.com"}]}),
]


def test_every_permutation_of_a_life_with_repeats_has_the_same_steps():
    def steps(life: Any) -> set[tuple[str, Status]]:
        return {(step.message_id, step.status) for name, section in life for step in events(name, section)}

    assert len(steps(LIFE)) == 5
    assert all(steps((*order, order[0])) == steps(LIFE) for order in itertools.permutations(LIFE))


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
