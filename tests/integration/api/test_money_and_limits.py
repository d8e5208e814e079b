"""Costs of the month, thresholds held or not, and how fresh it all is: the same numbers as /metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.asking import ADMIN, SECRET, TENANT_ADMIN, USER, Api, running_api
from tests.integration.waiting import until

NOW = datetime.now(UTC)
COSTS, SLA, FRESHNESS = "/api/v1/costs", "/api/v1/sla", "/api/v1/freshness"
_SECTIONS: dict[str, Any] = {
    "api": {"jwt_secret": SECRET},
    "budgets": [
        {"tenant": "acme", "limit_usd": "10"},
        {"tenant": "acme", "channel": "sms", "limit_usd": "0.05"},
        {"tenant": "globex", "limit_usd": "99"},
    ],
    "sla": {"min_events": 5, "tenants": {"acme": {"channels": {"sms": {"error_ratio": 0.25}}}}},
}


@pytest.fixture
async def api(dsn: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(dsn, tmp_path, **_SECTIONS) as running:
        yield running


def sms(status: str = "sent", **fields: Any) -> dict[str, Any]:
    route = {"channel": "sms", "provider": "twilio", "direction": "outbound"}
    at = fields.pop("at", NOW).isoformat()
    return {"kind": "message", "tenant": "acme", **route, "status": status, "at": at, **fields}


async def told(api: Api, *events: dict[str, Any]) -> None:
    status, answer = await api.one.events(*events)
    assert status == 200, answer
    assert answer["rejected"] == []
    await api.roll_up()


async def test_the_month_by_channel_with_budgets(api: Api) -> None:
    call = {"kind": "llm", "provider": "openai", "model": "gpt-4o", "cost_usd": "1.25", "tenant": "acme"}
    await told(api, sms(cost_usd="0.03"), sms(cost_usd="0.03"), call | {"at": NOW.isoformat()})
    found = await api.get(COSTS, TENANT_ADMIN)
    assert found["month"] == f"{NOW:%Y-%m}"
    total = found["total"]
    assert (total["today_usd"], total["month_to_date_usd"], total["budget_remaining_usd"]) == (
        1.31,
        1.31,
        8.69,
    )
    assert total["forecast"] is None
    by_channel = {one["channel"]: one for one in found["channels"]}
    assert (by_channel["sms"]["month_to_date_usd"], by_channel["sms"]["budget_remaining_usd"]) == (
        0.06,
        -0.01,
    )
    assert (by_channel["llm"]["month_to_date_usd"], by_channel["llm"]["budget_usd"]) == (1.25, None)


async def test_a_month_with_history_has_an_interval(api: Api) -> None:
    await told(api, *[sms(cost_usd="0.5", at=NOW - timedelta(days=days)) for days in range(30)])
    forecast = (await api.get(COSTS, TENANT_ADMIN))["total"]["forecast"]
    assert forecast["low_usd"] <= forecast["expected_usd"] <= forecast["high_usd"]


async def test_other_tenants_money_is_not_shown(api: Api) -> None:
    await told(api, sms(cost_usd="5", tenant="globex"))
    found = await api.get(COSTS, TENANT_ADMIN)
    assert found["total"]["month_to_date_usd"] == 0
    assert found["total"]["budget_usd"] == 10


async def rules(api: Api, caller: Any = TENANT_ADMIN, **query: Any) -> dict[tuple[str, str], Any]:
    found = (await api.get(SLA, caller, **query))["rules"]
    return {
        (one["rule"], one["channel"]): (one["threshold"], one["observed"], one["compliant"]) for one in found
    }


async def test_thresholds_are_the_nearest_and_held_up_to_the_limit(api: Api) -> None:
    """A channel of the tenant has its own limit; at the limit it holds."""
    await told(api, *[sms()] * 6, *[sms("failed")] * 2)
    assert (await rules(api))["error_ratio", "sms"] == (0.25, 0.25, True)
    await told(api, sms("failed"))
    assert (await rules(api))["error_ratio", "sms"] == (0.25, 0.333333, False)
    assert (await api.get(SLA, TENANT_ADMIN))["compliant"] is False


async def test_too_little_says_nothing(api: Api) -> None:
    await told(api, *[sms("failed")] * 4)
    assert (await rules(api))["error_ratio", "sms"] == (0.25, None, None)
    assert (await api.get(SLA, TENANT_ADMIN))["compliant"] is True


async def test_response_times_are_held_against_both_limits(api: Api) -> None:
    await told(api, *[sms(response_seconds=0.4)] * 20)
    found = await rules(api)
    assert found["response_p95_seconds", "sms"][2] is True
    assert found["response_p99_seconds", "sms"][2] is True


async def test_receipts_say_whether_it_arrives(api: Api) -> None:
    steps = [(f"m{number}", "delivered" if number else "undelivered") for number in range(10)]
    await told(api, *[sms(status, message_id=name) for name, status in steps])
    assert (await rules(api, channel="sms"))["delivery_ratio", "sms"] == (0.95, 0.9, False)
    assert await rules(api, channel="email") == {}


async def test_a_channel_nobody_has_is_refused_by_name(api: Api) -> None:
    told = await api.ask("GET", SLA, TENANT_ADMIN, channel="smoke")
    assert told.status == 400
    assert "must be one of sms, " in told.json["detail"]


async def test_all_tenants_together_for_an_admin(api: Api) -> None:
    await told(api, *[sms(tenant="globex")] * 10, *[sms("failed")] * 10)
    assert (await rules(api, ADMIN))["error_ratio", "sms"] == (0.05, 0.5, False)


async def test_every_source_with_its_age(api: Api) -> None:
    await told(api, sms(at=NOW - timedelta(minutes=5)))

    async def heard() -> bool:
        return bool((await api.get(FRESHNESS, USER))["sources"])

    await until(heard)
    (source,) = (await api.get(FRESHNESS, USER))["sources"]
    assert source["source"] == "track"
    assert source["age_seconds"] >= 300
    published = await api.one.sample("comms_data_timestamp_seconds", source="track")
    assert published == datetime.fromisoformat(source["newest_at"]).timestamp()
