"""The dashboard and summary of seed document 001, from events that were posted: its example to the last digit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.asking import ADMIN, CONFIG, SECRET, TENANT_ADMIN, USER, Api, running_api

DAY = datetime(2026, 11, 1, 12, tzinfo=UTC)
DASHBOARD, SUMMARY = "/api/v1/metrics/dashboard", "/api/v1/metrics/summary"
ONE_DAY = {"start_date": "2026-11-01", "end_date": "2026-11-01"}
_KEYS = {"jwt_secret": SECRET, "closed_tenants": CONFIG.closed_tenants, "tenant_names": {"acme": "Acme Corp"}}


@pytest.fixture
async def api(dsn: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(dsn, tmp_path, api=_KEYS) as running:
        yield running


def event(kind: str, **fields: Any) -> dict[str, Any]:
    at = fields.pop("at", DAY)
    return {"kind": kind, "tenant": "acme", "outlet": "o1", "at": at.isoformat(), **fields}


def message(direction: str, status: str, sender: str, **fields: Any) -> dict[str, Any]:
    route = {"channel": "whatsapp", "provider": "whatsapp", "direction": direction, "status": status}
    return event("message", **route, sender=sender, **fields)


def documented() -> Iterator[dict[str, Any]]:
    """25 conversations, 250 messages, 3 handoffs of 2 conversations, 57,500 tokens for 0.008625 USD and 2.50 USD."""
    for number in range(25):
        yield event("conversation", state="started", conversation_id=f"c{number}")
    for number in range(18):
        yield event("conversation", state="resolved", conversation_id=f"c{number}", seconds=750)
    for conversation, trigger in ((18, "keyword"), (19, "keyword"), (18, "confidence")):
        identity = {"conversation_id": f"c{conversation}", "event_id": f"h{conversation}{trigger}"}
        yield event("conversation", state="handed_off", trigger=trigger, wait_seconds=510, **identity)
    for _ in range(100):
        yield message("inbound", "received", "customer")
    for number in range(150):
        yield message("outbound", "sent", "llm" if number < 115 else "agent", response_seconds=25.3)
    for _ in range(115):
        usage = {"input_tokens": 500, "output_tokens": 0}
        yield event("llm", provider="openai", model="gpt-4o-mini", usage=usage, cost_usd="0.000075")
    for _ in range(250):
        charge = {"provider": "whatsapp", "channel": "whatsapp", "basis": "billed", "component": "message"}
        yield event("charge", amount_usd="0.01", **charge)


async def told(api: Api, *events: dict[str, Any]) -> None:
    status, answer = await api.one.events(*events)
    assert status == 200, answer
    assert answer["rejected"] == []
    await api.roll_up()


async def test_the_worked_example_to_the_last_digit(api: Api) -> None:
    events = [one for one in documented() if one["kind"] != "charge"]
    costs = [message("outbound", "delivered", "bill", cost_usd="0.01") for _ in range(250)]
    await told(api, *events, *costs)
    found = await api.get(DASHBOARD, TENANT_ADMIN, **ONE_DAY)
    assert found["conversations"] == [
        {
            "date": "2026-11-01",
            "total_conversations": 25,
            "active_conversations": 5,
            "resolved_conversations": 18,
            "handed_off_conversations": 2,
            "average_duration_minutes": 12.5,
            "resolution_rate": 0.72,
        }
    ]
    (handoffs,) = found["handoffs"]
    assert (handoffs["total_handoffs"], handoffs["keyword_triggered"], handoffs["confidence_triggered"]) == (
        3,
        2,
        1,
    )
    assert (handoffs["average_time_to_handoff_minutes"], handoffs["handoff_rate"]) == (8.5, 0.12)
    (costs_of_day,) = found["costs"]
    assert costs_of_day == {
        "date": "2026-11-01",
        "total_llm_calls": 115,
        "total_tokens_used": 57_500,
        "total_llm_cost": 0.008625,
        "total_whatsapp_cost": 2.5,
        "total_cost": 2.508625,
        "cost_per_conversation": 0.100345,
    }


async def test_messages_by_who_sent_them(api: Api) -> None:
    await told(api, *[one for one in documented() if one["kind"] == "message"])
    (day,) = (await api.get(DASHBOARD, TENANT_ADMIN, **ONE_DAY))["messages"]
    assert day == {
        "date": "2026-11-01",
        "total_messages": 250,
        "customer_messages": 100,
        "llm_messages": 115,
        "agent_messages": 35,
        "average_response_time_seconds": 25.3,
    }


async def test_the_summary_is_the_sum_of_the_days(api: Api) -> None:
    await told(api, *documented(), event("conversation", state="started", at=DAY + timedelta(days=1)))
    days = {"start_date": "2026-11-01", "end_date": "2026-11-02"}
    board, summary = (
        await api.get(DASHBOARD, TENANT_ADMIN, **days),
        await api.get(SUMMARY, TENANT_ADMIN, **days),
    )
    assert summary["tenant_name"] == "Acme Corp"
    assert summary["total_conversations"] == 26
    assert summary["total_conversations"] == sum(one["total_conversations"] for one in board["conversations"])
    assert summary["total_messages"] == sum(one["total_messages"] for one in board["messages"])
    assert summary["total_cost"] == sum(one["total_cost"] for one in board["costs"])


async def test_every_day_is_there_in_order_and_an_empty_one_is_zeros(api: Api) -> None:
    found = await api.get(DASHBOARD, TENANT_ADMIN, start_date="2026-10-30", end_date="2026-11-02")
    for part in ("conversations", "messages", "handoffs", "costs"):
        assert [one["date"] for one in found[part]] == [
            "2026-10-30",
            "2026-10-31",
            "2026-11-01",
            "2026-11-02",
        ]
    assert found["conversations"][0]["resolution_rate"] is None
    assert found["costs"][0]["cost_per_conversation"] is None


async def test_the_default_is_thirty_days_back_to_today(api: Api) -> None:
    found = await api.get(DASHBOARD, TENANT_ADMIN)
    start, end = (datetime.fromisoformat(found[name]).date() for name in ("period_start", "period_end"))
    assert (end - start).days == 30
    assert end == datetime.now(UTC).date()


async def test_an_outlet_has_numbers_of_its_own(api: Api) -> None:
    await told(
        api, message("inbound", "received", "customer"), message("inbound", "received", "c", outlet="o2")
    )
    found = await api.get(DASHBOARD, TENANT_ADMIN, outlet_id="o2", **ONE_DAY)
    assert (found["outlet_id"], found["messages"][0]["total_messages"]) == ("o2", 1)


async def test_an_admin_names_the_tenant(api: Api) -> None:
    await told(api, message("inbound", "received", "customer"))
    assert await api.refused(DASHBOARD, ADMIN) == (400, "bad_parameter")
    asked = await api.ask("GET", DASHBOARD, ADMIN, headers={"X-Tenant-Id": "acme"}, **ONE_DAY)
    assert asked.json["messages"][0]["total_messages"] == 1


async def test_a_user_is_refused(api: Api) -> None:
    assert await api.refused(DASHBOARD, USER) == (403, "forbidden")


@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "2026-11-02", "end_date": "2026-11-01"},
        {"start_date": "01.11.2026"},
        {"tz": "Europe/Berlin"},
        {"outlet_id": ""},
    ],
)
async def test_what_cannot_be_meant_is_refused(api: Api, query: dict[str, str]) -> None:
    assert await api.refused(DASHBOARD, TENANT_ADMIN, **query) == (400, "bad_parameter")
