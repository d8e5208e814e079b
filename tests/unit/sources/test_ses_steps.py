"""SES: each recipient of a mail has steps of its own, with their cause, time and tenant."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from exporter.sources.mail import recipient_digest
from exporter.vocabulary import ErrorClass, Status
from tests.unit.sources.mail_sent import TOPIC_ARN, read_sns, ses, sns_request, sns_signed
from tests.unit.sources.sent import NOW
from tests.unit.sources.ses_read import JANE, MAIL, PUBLISHED, events, one, read


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
