"""The client as method, coroutine and function, with its token, its environment and the examples of its page."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import exporter.client
from exporter.client import AsyncClient, Client
from tests.unit.client.calls import CALLS, ROW

PAGE = Path(__file__).parents[3] / "docs" / "client.md"


def test_the_token_goes_with_every_request(server):
    with Client(server.url + "/prefix/", "secret") as client:
        client.track_message_sent(1, "sms")
        client.get_communication_stats()
        client.flush()
    assert {headers["Authorization"] for headers in server.headers} == {"Bearer secret"}
    assert all(target.startswith("/prefix/") for target in server.targets)


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
