"""SES: complaints, opt-outs, opens and clicks, and which of them a machine did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exporter.vocabulary import Actor
from tests.unit.sources.ses_read import JANE, MAIL, one

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"


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
