"""Mailgun: the step or action that an event is, with its cause, time, tenant and message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exporter.vocabulary import Actor, ErrorClass, Status
from tests.unit.sources.mailgun_read import DELIVERED, event, read
from tests.unit.sources.sent import NOW


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
