"""SendGrid: which message an event is a step of, and what it says of tenant, category, template and error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.sources.mail import recipient_digest
from exporter.vocabulary import Actor, Status
from tests.unit.sources.sendgrid_read import DELIVERED, STEPS, event, read


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
