"""GET /api/v1/communications/…: the ledger's messages as their users and totals, to those who hold the token."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.integration.running_app import EVENT_TOKEN, RunningApp, running_app

HISTORY, STATS = "/api/v1/communications/history", "/api/v1/communications/stats"
TOKEN = {"Authorization": f"Bearer {EVENT_TOKEN}"}
NOTHING = {
    "total": 0,
    "delivered": 0,
    "opened": 0,
    "delivery_rate_percent": None,
    "open_rate_percent": None,
    "cost_usd": "0",
}


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path) as running:
        yield running


async def ask(one: RunningApp, path: str, **query: Any) -> Any:
    status, text = await one.get(f"{path}?{urlencode(query)}", TOKEN)
    assert status == 200, text
    return json.loads(text)


def step(
    message_id: str, status: str = "sent", at: str = "2026-11-20T10:00:00Z", **fields: Any
) -> dict[str, Any]:
    route = {"channel": "sms", "provider": "app", "direction": "outbound"}
    return {"kind": "message", **route, "message_id": message_id, "status": status, "at": at, **fields}


def opened(message_id: str, at: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "engagement", "action": "open", "message_id": message_id, "at": at, **fields}


async def test_the_history_tells_each_message_with_its_times_and_cost(one):
    await one.events(
        step("m1", user="42", message_type="low_balance", cost_usd="0.0500", tenant="acme"),
        step("m1", "delivered", "2026-11-20T10:00:02Z", tenant="acme"),
        opened("m1", "2026-11-20T10:05:00Z", tenant="acme"),
        opened("m1", "2026-11-20T10:06:00Z", tenant="acme"),
    )
    assert await ask(one, HISTORY, user=42, tenant="acme") == [
        {
            "message_id": "m1",
            "channel": "sms",
            "provider": "app",
            "message_type": "low_balance",
            "status": "delivered",
            "sent_at": "2026-11-20T10:00:00+00:00",
            "delivered_at": "2026-11-20T10:00:02+00:00",
            "opened_at": "2026-11-20T10:05:00+00:00",
            "cost_usd": "0.05",
        }
    ]


async def test_the_history_begins_with_the_newest_and_ends_at_the_limit(one):
    await one.events(*(step(f"m{at}", at=f"2026-11-20T10:{at:02}:00Z", user="42") for at in range(60)))
    assert [row["message_id"] for row in await ask(one, HISTORY, user=42)] == [
        f"m{at}" for at in range(59, 9, -1)
    ]
    assert [row["message_id"] for row in await ask(one, HISTORY, user=42, limit=2)] == ["m59", "m58"]
    assert len(await ask(one, HISTORY, user=42, limit=500)) == 60


async def test_the_history_is_of_one_user_of_one_tenant_and_of_what_was_sent(one):
    await one.events(
        step("m1", user="42"),
        step("m2", user="43"),
        step("m3", user="42", tenant="acme"),
        step("m4", "received", user="42", direction="inbound"),
        opened("m5", "2026-11-20T10:00:00Z", user="42"),
    )
    assert [row["message_id"] for row in await ask(one, HISTORY, user=42)] == ["m1"]
    assert [row["message_id"] for row in await ask(one, HISTORY, user=42, tenant="acme")] == ["m3"]
    assert await ask(one, HISTORY, user="4") == []


async def test_a_message_that_was_read_counts_as_delivered_and_opened(one):
    await one.events(
        step("m1"),
        step("m2"),
        step("m2", "read", "2026-11-20T11:00:00Z"),
        step("m3"),
        step("m3", "delivered"),
    )
    stats = await ask(one, STATS)
    assert (stats["total"], stats["delivered"], stats["opened"]) == (3, 2, 1)
    assert (stats["delivery_rate_percent"], stats["open_rate_percent"]) == (66.7, 33.3)


async def test_repeated_openings_and_those_by_machines_leave_the_open_rate_alone(one):
    await one.events(
        step("m1"),
        step("m2"),
        *(opened("m1", f"2026-11-20T11:00:0{at}Z", event_id=f"o{at}") for at in range(3)),
        opened("m2", "2026-11-20T11:00:00Z", actor="machine"),
    )
    assert (await ask(one, STATS))["opened"] == 1


async def test_costs_are_added_exactly(one):
    costs = ["0.05", "0.001", "0.1", "0.2", None]
    await one.events(*(step(f"m{at}", cost_usd=cost) for at, cost in enumerate(costs)))
    assert (await ask(one, STATS))["cost_usd"] == "0.351"


async def test_without_messages_a_rate_is_null_and_not_zero(one):
    assert await ask(one, STATS) == NOTHING
    assert await ask(one, HISTORY, user=42) == []


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({}, 3),
        ({"user": "42"}, 2),
        ({"message_type": "alert"}, 2),
        ({"channel": "email"}, 1),
        ({"user": "42", "message_type": "alert", "channel": "sms"}, 1),
        ({"channel": "fax"}, 0),
        ({"tenant": "acme"}, 1),
        ({"start": "2026-11-20T10:00:00Z"}, 2),
        ({"end": "2026-11-20T10:00:00Z"}, 1),
        ({"start": "2026-11-20", "end": "2026-11-21"}, 2),
        ({"start": "2026-11-20T10:00:00"}, 2),
        ({"start": "2026-11-20T12:00:00+02:00"}, 2),
        ({"start": "2026-11-21", "end": "2026-11-20"}, 0),
    ],
    ids=str,
)
async def test_each_filter_and_any_of_them_together(one, query, total):
    await one.events(
        step("m1", at="2026-11-19T10:00:00Z", user="42", message_type="alert"),
        step("m2", at="2026-11-20T10:00:00Z", user="42", message_type="report", channel="email"),
        step("m3", at="2026-11-20T11:00:00Z", user="43", message_type="alert"),
        step("m4", tenant="acme"),
        step("m5", "received", direction="inbound"),
    )
    assert (await ask(one, STATS, **query))["total"] == total


@pytest.mark.parametrize(
    ("path", "query", "named"),
    [
        (HISTORY, "", "user: "),
        (HISTORY, "user=", "user: "),
        (HISTORY, "user=a%00b", "user: "),
        (HISTORY, f"user={'x' * 513}", "user: "),
        (HISTORY, "user=42&limit=0", "limit: "),
        (HISTORY, "user=42&limit=501", "limit: "),
        (HISTORY, "user=42&limit=ten", "limit: "),
        (HISTORY, "user=42&tenant=", "tenant: "),
        (HISTORY, "user=42&page=2", "unknown parameter"),
        (STATS, "start=yesterday", "start: "),
        (STATS, "end=2026-13-01", "end: "),
        (STATS, "channel=%00", "channel: "),
        (STATS, "limit=5", "unknown parameter"),
        (STATS, "start=yesterday&end=tomorrow", "end: "),
    ],
)
async def test_a_bad_parameter_is_a_400_that_names_it(one, path, query, named):
    status, text = await one.get(f"{path}?{query}", TOKEN)
    answer = json.loads(text)
    assert status == 400
    assert answer["reason"] == "bad_parameter"
    assert named in answer["detail"]


async def test_a_refusal_repeats_nothing_that_was_asked(one):
    for query in ("limit=canary", "canary=1", "user=42&start=canary"):
        status, text = await one.get(f"{HISTORY}?{query}", TOKEN)
        assert status == 400
        assert "canary" not in text


@pytest.mark.parametrize("path", [HISTORY, STATS])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_nobody_asks_without_the_token(one, path, headers):
    status, text = await one.get(f"{path}?user=42", headers)
    assert status == 401
    assert json.loads(text)["reason"] == "signature"


async def test_without_a_token_the_questions_are_as_open_as_the_events(dsn, tmp_path):
    async with running_app(dsn, tmp_path, sources={}) as one:
        assert (await one.get(STATS))[0] == 200
        one.config.write_text(json.dumps({"listen": "127.0.0.1:0", "sources": {"track": {"token": "new"}}}))
        one.app.reload()
        assert (await one.get(STATS))[0] == 401
        assert (await one.get(STATS, {"Authorization": "Bearer new"}))[0] == 200


@pytest.mark.parametrize("path", [HISTORY, STATS])
async def test_without_its_ledger_the_exporter_says_come_back(tmp_path, path):
    async with running_app(f"postgresql://nobody@/none?host={tmp_path}", tmp_path, wait=False) as one:
        status, text = await one.get(f"{path}?user=42", TOKEN)
        assert status == 503
        assert json.loads(text)["reason"] == "ledger_unavailable"
