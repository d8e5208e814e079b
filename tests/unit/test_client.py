"""What an application says to the client, and what the client then sends."""

from __future__ import annotations

import inspect
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import exporter.client
from exporter.client import AsyncClient, Client, Communication, report
from exporter.sources.track import Track
from tests.unit.sources.sent import request
from tests.unit.stand_in import StandIn, stand_in

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
CALLS = [name for name in exporter.client.__all__ if name.startswith(("track_", "get_"))]
PAGE = Path(__file__).parents[2] / "docs" / "client.md"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as one:
        yield one


@pytest.fixture
def client(server: StandIn) -> Iterator[Client]:
    with Client(server.url) as one:
        yield one


@pytest.fixture(autouse=True)
def _says_everything_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_said_at_s", {})


def sent(client: Client, server: StandIn) -> list[dict[str, Any]]:
    assert client.flush()
    return server.events


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


class Hostile:
    """Raises at whatever is done with it."""

    def __str__(self) -> str:
        raise RuntimeError("canary")

    __repr__ = __bool__ = __eq__ = __hash__ = __len__ = __iter__ = __str__  # type: ignore[assignment]


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=5),
    st.binary(max_size=3),
    st.decimals(),
    st.datetimes(),
    st.lists(st.integers(), max_size=2),
    st.builds(Hostile),
    st.just(10**5_000),
    st.just("x" * 100_000),
)


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("track_")])
@given(
    args=st.lists(odd, max_size=5), kwargs=st.dictionaries(st.sampled_from(["tenant", "at", "nonsense"]), odd)
)
@examples(max_examples=60, deadline=None)
def test_no_call_raises_whatever_is_passed(name, args, kwargs):
    client = Client(NOBODY)
    answer = getattr(client, name)(*args, **kwargs)
    assert answer is None or isinstance(answer, str)
    client._outbox.stop()


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("get_")])
@pytest.mark.parametrize("url", [NOBODY, "nonsense", "http://[", "ftp://host", "http://host:port", ""])
def test_a_question_to_nobody_answers_nothing(name, url):
    assert getattr(Client(url, timeout_s=1), name)(1) is None


def test_a_call_that_fails_says_why_once_a_minute_and_nothing_of_anybody(client, caplog):
    for _ in range(3):
        client.track_message_sent(Hostile(), "sms")
        client.track_message_sent("jane@example.com" * 100, "sms")
    assert [record.name for record in caplog.records] == ["exporter.client"] * 2
    assert "user_id: neither text nor a whole number" in caplog.text
    assert "jane" not in caplog.text
    assert "canary" not in caplog.text


def test_a_failing_log_handler_is_the_applications_own_affair(client, monkeypatch):
    def fail(record: logging.LogRecord) -> bool:
        raise RuntimeError("filter")

    logger = logging.getLogger("exporter.client")
    logger.addFilter(fail)
    try:
        assert client.track_message_sent(None, None) is None
    finally:
        logger.removeFilter(fail)


def test_a_closed_client_takes_nothing_and_counts_it(client):
    client.close()
    assert client.track_message_sent(1, "sms") is None
    assert client.dropped == 1
    assert client.close()


ROW = {
    "message_id": "m1",
    "channel": "sms",
    "provider": "app",
    "message_type": None,
    "status": "read",
    "sent_at": "2026-11-20T10:00:00+00:00",
    "delivered_at": None,
    "opened_at": None,
    "cost_usd": "0.05",
    "added_later": 1,
}


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


def test_the_token_goes_with_every_request(server):
    with Client(server.url + "/prefix/", "secret") as client:
        client.track_message_sent(1, "sms")
        client.get_communication_stats()
        client.flush()
    assert {headers["Authorization"] for headers in server.headers} == {"Bearer secret"}
    assert all(target.startswith("/prefix/") for target in server.targets)


def test_a_token_that_no_header_can_hold_is_not_logged(server, caplog):
    with Client(server.url, "canary\nX: y") as client:
        client.track_message_sent(1, "sms")
        assert not client.flush(0.05)
        client._outbox.stop()
    assert "cannot reach the exporter (ValueError)" in caplog.text
    assert "canary" not in caplog.text


async def test_the_asynchronous_client_does_the_same(server):
    server.answers = []
    async with AsyncClient(server.url) as client:
        message_id = await client.track_message_sent(1, "sms", "alert", 0.05)
        await client.track_message_delivered(message_id)
        await client.track_message_opened(message_id)
        await client.track_user_action(message_id, "a")
        await client.track_financial_outcome(1, "a", 1)
        assert await client.flush()
        assert await client.get_user_communication_history(None) is None
        server.answers = [(200, [ROW])]
        assert await client.get_user_communication_history(1) is not None
    assert [event["kind"] for event in server.events] == [
        "message",
        "message",
        *["engagement"] * 2,
        "outcome",
    ]
    assert await client.track_message_sent(1, "sms") is None


@pytest.mark.parametrize("name", [*CALLS, "flush"])
def test_function_method_and_coroutine_take_the_same_arguments(name):
    function, method = getattr(exporter.client, name), getattr(Client, name)
    coroutine = getattr(AsyncClient, name)
    assert inspect.signature(function) == inspect.signature(method) == inspect.signature(coroutine)
    assert inspect.iscoroutinefunction(coroutine)


def test_the_functions_share_one_client_made_from_the_environment(server, monkeypatch, tmp_path):
    monkeypatch.setattr(exporter.client, "_shared", {})
    monkeypatch.setenv("COMMS_URL", server.url)
    monkeypatch.setenv("COMMS_EVENT_TOKEN", "first, second")
    monkeypatch.setenv("COMMS_SPOOL_DIR", str(tmp_path / "spool"))
    message_id = exporter.client.track_message_sent(1, "sms")
    assert exporter.client.track_message_delivered(message_id)
    assert exporter.client.flush()
    assert [event["channel"] for event in server.events] == ["sms", "sms"]
    assert server.headers[0]["Authorization"] == "Bearer first"
    assert (tmp_path / "spool").is_dir()
    exporter.client.default_client().close()


def test_without_an_environment_the_client_asks_this_machine(monkeypatch):
    monkeypatch.setattr(exporter.client, "_shared", {})
    for name in ("COMMS_URL", "COMMS_EVENT_TOKEN", "COMMS_SPOOL_DIR"):
        monkeypatch.delenv(name, raising=False)
    endpoint = exporter.client.default_client()._endpoint
    assert (endpoint.url, endpoint.token) == ("http://127.0.0.1:9847", None)


async def test_the_examples_of_the_page_about_the_client_run(server, monkeypatch):
    monkeypatch.setattr(exporter.client, "_shared", {})
    monkeypatch.setenv("COMMS_URL", server.url)
    names: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(example, names)  # noqa: S102
    await names["alert"](server.url, 123)
    assert exporter.client.flush()
    kinds = Counter(event["kind"] for event in server.events)
    assert kinds == {"message": 3, "engagement": 2, "outcome": 1}
    exporter.client.default_client().close()
