"""What an application tells and asks the client, what that sends, and what it makes of the answers."""

from __future__ import annotations

import json
from decimal import Decimal
from uuid import UUID

import pytest

from exporter.client import Client, Communication
from exporter.sources.track import Track
from tests.unit.client.calls import AT, CALLS, ROW, sent
from tests.unit.sources.sent import request
from tests.unit.stand_in import stand_in


def test_a_sent_message_is_a_step_with_its_cost(client, server):
    message_id = client.track_message_sent(
        123, "sms", "low_balance", 0.05, sent_at=AT, tenant="acme", provider="twilio", outlet="o1"
    )
    assert message_id is not None
    assert sent(client, server) == [
        {
            "kind": "message",
            "event_id": f'["message","{message_id}","sent"]',
            "at": "2026-11-20T10:00:00+00:00",
            "direction": "outbound",
            "status": "sent",
            "message_id": message_id,
            "tenant": "acme",
            "channel": "sms",
            "provider": "twilio",
            "user": "123",
            "message_type": "low_balance",
            "cost_usd": "0.05",
            "outlet": "o1",
        }
    ]


def test_the_id_is_made_here_and_can_be_used_as_the_guides_example_does(client):
    metrics = client.track_message_sent(
        user_id=123, channel="email", message_type="weekly_checkin", cost=0.001
    )
    assert UUID(metrics).version == 4
    assert metrics.id == metrics


def test_the_providers_own_id_may_be_given(client, server):
    assert client.track_message_sent(1, "sms", message_id="SM1") == "SM1"
    assert sent(client, server)[0]["message_id"] == "SM1"


def test_later_steps_repeat_what_the_client_remembers_of_the_message(client, server):
    message_id = client.track_message_sent(1, "email", provider="ses", tenant="acme")
    client.track_message_delivered(message_id, AT)
    client.track_message_opened(message_id, AT)
    client.track_user_action(message_id, "viewed_forecast", AT)
    _, delivered, opened, action = sent(client, server)
    assert (delivered["status"], delivered["channel"], delivered["provider"]) == ("delivered", "email", "ses")
    assert (opened["kind"], opened["action"], opened["channel"]) == ("engagement", "open", "email")
    assert (action["kind"], action["action"], action["channel"]) == ("engagement", "viewed_forecast", "email")
    assert {event["tenant"] for event in server.events} == {"acme"}
    assert {event["at"] for event in server.events[1:]} == {"2026-11-20T10:00:00+00:00"}


def test_of_a_message_of_another_process_the_channel_can_be_said_or_is_other(client, server):
    client.track_message_delivered("m1")
    client.track_message_delivered("m2", channel="sms", provider="twilio", tenant="acme")
    unknown, said = sent(client, server)
    assert (unknown["channel"], unknown["provider"]) == ("other", "app")
    assert (said["channel"], said["provider"], said["tenant"]) == ("sms", "twilio", "acme")


def test_the_client_remembers_a_bounded_number_of_messages(monkeypatch):
    monkeypatch.setattr("exporter.client.client._REMEMBERED", 3)
    with stand_in() as server, Client(server.url) as client:
        ids = [client.track_message_sent(1, "sms") for _ in range(5)]
        client.track_message_delivered(ids[0])
        client.track_message_delivered(ids[4])
        assert [event["channel"] for event in sent(client, server)[-2:]] == ["other", "sms"]


def test_a_step_or_an_action_of_a_message_has_the_same_event_id_each_time(client, server):
    for _ in range(2):
        client.track_message_delivered("m1")
        client.track_user_action("m1", "viewed_forecast")
    assert len(sent(client, server)) == 4
    assert len(server.ids) == 2


def test_each_opening_and_each_outcome_is_one_of_its_own(client, server):
    for _ in range(2):
        client.track_message_opened("m1")
        client.track_financial_outcome(1, "paid", 1)
    assert len(sent(client, server)) == len(server.ids) == 4


def test_an_action_needs_no_message_when_it_has_a_user(client, server):
    assert client.track_user_action(user_id=42, action_type="viewed_forecast")
    assert client.track_user_action(action_type="viewed_forecast") is None
    assert client.track_user_action("m1") is None
    (action,) = sent(client, server)
    assert "message_id" not in action
    assert action["user"] == "42"


@pytest.mark.parametrize(("amount", "written"), [(25.00, "25"), (-0.1, "-0.1"), ("500.00", "500")])
def test_an_outcome_is_a_gain_or_a_loss(client, server, amount, written):
    client.track_financial_outcome(123, "bill_paid_on_time", amount)
    assert sent(client, server)[0]["amount_usd"] == written


def test_the_keywords_of_the_guide_work_as_they_stand(client, server):
    client.track_message_delivered(message_id=456, delivery_time=AT)
    client.track_message_opened(message_id=456, open_time=AT)
    client.track_user_action(message_id=456, action_type="clicked_link", timestamp=AT)
    client.track_financial_outcome(user_id=123, action="savings_goal_achieved", impact_amount=500.00)
    client.get_communication_stats(user_id=123, start_date=AT, end_date=AT)
    assert [event["at"] for event in sent(client, server)][:3] == ["2026-11-20T10:00:00+00:00"] * 3
    at = "2026-11-20T10%3A00%3A00%2B00%3A00"
    assert f"/api/v1/communications/stats?user=123&start={at}&end={at}" in server.targets


def test_the_exporter_reads_every_event_that_the_client_makes(client, server):
    message_id = client.track_message_sent(1, "sms", "alert", "0.05", template="t", conversation_id="c")
    client.track_message_delivered(message_id)
    client.track_message_opened(message_id)
    client.track_user_action(message_id, "a", user_id=1)
    client.track_financial_outcome(1, "a", -3)
    batch = Track(()).read(request("\n".join(map(json.dumps, sent(client, server)))))
    assert len(batch.submissions) == 5
    assert not batch.parked


def test_the_history_has_attributes_times_and_exact_money(client, server):
    server.answers = [(200, [ROW, {**ROW, "cost_usd": None}])]
    first, second = client.get_user_communication_history(user_id=123, limit=2, tenant="acme")
    assert first == Communication("m1", "sms", "app", None, "read", AT, None, None, Decimal("0.05"))
    assert second.cost_usd is None
    assert server.targets == ["/api/v1/communications/history?user=123&limit=2&tenant=acme"]


def test_the_stats_are_those_of_the_exporter_with_exact_money(client, server):
    stats = {
        "total": 3,
        "delivered": 2,
        "opened": 1,
        "delivery_rate_percent": 66.7,
        "open_rate_percent": 33.3,
    }
    server.answers = [(200, {**stats, "cost_usd": "0.051", "added_later": 1})]
    assert client.get_communication_stats() == {**stats, "cost_usd": Decimal("0.051")}


@pytest.mark.parametrize(
    "answer",
    [(503, {}), (401, {}), (400, {"detail": "limit"}), (200, b"<html>"), (200, []), (200, {"total": 1})],
)
@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("get_")])
def test_an_answer_that_is_none_is_nothing(client, server, name, answer):
    server.answers = [answer]
    found = getattr(client, name)(1)
    assert found is None or (found == [] and answer == (200, []))
