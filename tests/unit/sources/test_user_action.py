"""POST /user-action: an action and its money, at most once for a message and an action."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from exporter.client.event_line import once_key as clients_key
from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import Engagement, Outcome, Submission
from exporter.sources.action_list import ActionList
from exporter.sources.user_action import UserAction
from tests.unit.sources.sent import NOW, request

ANY = ActionList([])
AT = "2026-11-20T10:00:00Z"


def taken(actions: ActionList = ANY, **body: Any) -> list[Submission]:
    return UserAction((), actions).read(request(json.dumps(body))).submissions


def keys(**body: Any) -> list[str | None]:
    return [submission.key for submission in taken(**body)]


def test_the_example_of_the_guide_is_an_action_and_an_outcome():
    engagement, outcome = taken(
        message_id=456, user_id=123, action_type="bill_paid_on_time", financial_impact=25.00
    )
    assert engagement.event == Engagement(at=NOW, user="123", action="bill_paid_on_time", message_id="456")
    assert outcome.event == Outcome(
        at=NOW, user="123", action="bill_paid_on_time", amount_usd=Decimal("25.0")
    )
    assert engagement.source == outcome.source == "track"


@pytest.mark.parametrize("body", [{}, {"amount": None}, {"amount": 0}, {"financial_impact": "0.00"}])
def test_an_action_without_money_has_no_outcome(body):
    (submission,) = taken(message_id="m1", action="viewed_forecast", **body)
    assert isinstance(submission.event, Engagement)


@pytest.mark.parametrize(
    ("amount", "exact"), [("0.05", "0.05"), (0.001, "0.001"), (-25, "-25"), ("-0.1", "-0.1")]
)
def test_money_is_exact_and_may_be_a_loss(amount, exact):
    _, outcome = taken(user_id="42", action="a", amount=amount)
    assert outcome.event.amount_usd == Decimal(exact)


def test_a_message_and_its_action_count_once_whatever_else_is_said():
    first = keys(message_id="m1", action="a", amount=1, event_id="e1", at=AT)
    again = keys(message_id="m1", action="a", amount=2, event_id="e2")
    assert first == again
    assert len(set(first)) == 2


def test_other_actions_and_other_messages_count_apart():
    found = {keys(message_id=m, action=a)[0] for m in ("m1", "m2") for a in ("a", "b")}
    assert len(found) == 4


def test_an_action_counts_once_whether_the_client_or_the_webhook_reports_it():
    assert keys(message_id="é1", action='a"b') == [clients_key("action", "é1", 'a"b')]


def test_without_a_message_the_callers_id_or_time_tells_repeats():
    assert keys(user_id=1, action="a", event_id="e1") == keys(user_id=2, action="b", event_id="e1")
    assert keys(user_id=1, action="a", at=AT) == keys(user_id=1, action="a", timestamp=AT)
    assert keys(user_id=1, action="a", at=AT) != keys(user_id=2, action="a", at=AT)
    assert keys(user_id=1, action="a") == [None]


def test_an_action_out_of_the_list_becomes_other_and_still_counts_for_itself():
    actions = ActionList(["viewed_forecast"])
    (listed,) = taken(actions, message_id="m1", action="viewed_forecast")
    unlisted = taken(actions, message_id="m1", action="spilled_coffee", amount=-3)
    assert listed.event.action == "viewed_forecast"
    assert [submission.event.action for submission in unlisted] == ["other", "other"]
    assert unlisted[0].key != taken(actions, message_id="m1", action="lost_keys")[0].key


@pytest.mark.parametrize("action", ["open", "click", "reply"])
def test_what_every_sender_reports_is_always_in_the_list(action):
    (submission,) = taken(ActionList(["viewed_forecast"]), message_id="m1", action=action)
    assert submission.event.action == action


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", Reason.MALFORMED_BODY),
        ('{"action": 5, "user_id": 1}', Reason.MALFORMED_BODY),
        ('{"user_id": 1}', Reason.MISSING_FIELD),
        ('{"user_id": 1, "action": ""}', Reason.MISSING_FIELD),
        ('{"action": "a"}', Reason.MISSING_FIELD),
        ('{"user_id": "", "action": "a"}', Reason.BAD_FIELD),
        ('{"user_id": 1, "action": "%s"}' % ("x" * 129), Reason.BAD_FIELD),
        ('{"user_id": 1, "action": "a", "amount": "NaN"}', Reason.BAD_FIELD),
        ('{"user_id": 1, "action": "a", "amount": 1e99}', Reason.BAD_FIELD),
        ('{"user_id": 1, "action": "a", "amount": "1e999999"}', Reason.BAD_FIELD),
        ('{"user_id": 1, "action": "a", "amount": "much"}', Reason.MALFORMED_BODY),
    ],
)
def test_what_is_no_action_is_rejected_with_its_reason(body, reason):
    with pytest.raises(Rejected) as rejected:
        UserAction((), ANY).read(request(body))
    assert rejected.value.reason is reason


def test_the_token_of_the_events_is_asked_for():
    with pytest.raises(SignatureFailure):
        UserAction((b"token",), ANY).read(request('{"user_id": 1, "action": "a"}'))
