"""SMS analytics and costs of seed document 000, from events that were posted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.api.asking import ADMIN, TENANT_ADMIN, USER, Api

NOW = datetime.now(UTC)
ANALYTICS, COSTS, SYSTEM = "/me/sms-analytics", "/me/sms-costs", "/admin/sms-analytics/system"


def sms(status: str = "sent", **fields: Any) -> dict[str, Any]:
    at = fields.pop("at", NOW - timedelta(minutes=1))
    return {
        "kind": "message",
        "tenant": "acme",
        "user": "42",
        "channel": "sms",
        "provider": "twilio",
        "direction": "inbound" if status == "received" else "outbound",
        "status": status,
        "at": at.isoformat(),
        **fields,
    }


async def told(api: Api, *events: dict[str, Any]) -> None:
    status, answer = await api.one.events(*events)
    assert status == 200, answer
    assert answer["rejected"] == []
    await api.roll_up()


async def test_volume_success_and_processing_time(api: Api) -> None:
    await told(
        api,
        *[sms(processing_seconds=seconds) for seconds in (0.1, 0.2, 0.4)],
        sms("received", processing_seconds=0.3),
        sms("failed", error_class="unreachable"),
    )
    found = await api.get(ANALYTICS, time_range="7d")
    assert found["messages"] == {
        "total": 5,
        "inbound": 1,
        "outbound": 4,
        "delivered": 0,
        "failed": 1,
        "success_rate": 0.8,
        "delivery_rate": None,
    }
    assert found["processing"]["count"] == 4
    assert found["processing"]["mean_seconds"] == 0.25
    assert 0.25 < found["processing"]["p95_seconds"] <= 0.5
    assert found["errors"] == {"unreachable": 1}
    assert len(found["by_day"]) == found["period"]["days"] == 7
    assert found["by_day"][-1] == {"date": f"{NOW:%Y-%m-%d}", "inbound": 1, "outbound": 4, "failed": 1}


async def test_the_percentile_is_that_of_prometheus(api: Api) -> None:
    """Of 20 values, 18 up to 0.5 s and 2 up to 1 s: the 19th is half way through the bucket from 0.5 to 1."""
    await told(api, *[sms(processing_seconds=0.3) for _ in range(18)], *[sms(processing_seconds=0.7)] * 2)
    assert (await api.get(ANALYTICS))["processing"]["p95_seconds"] == 0.75


async def test_costs_by_direction_and_type_add_up_to_the_total(api: Api) -> None:
    costs = ["0.0079", "0.0079", "0.0075", "0.05"]
    await told(
        api,
        sms(cost_usd=costs[0], message_type="reminder"),
        sms(cost_usd=costs[1], message_type="reminder"),
        sms("received", cost_usd=costs[2]),
        sms(cost_usd=costs[3], message_type="low_balance"),
    )
    told_costs = await api.ask("GET", COSTS, time_range="30d")
    found = told_costs.json
    assert b'"total_cost_usd":0.0733' in told_costs.body
    assert [(one["direction"], one["message_type"], one["cost_usd"]) for one in found["breakdown"]] == [
        ("outbound", "low_balance", 0.05),
        ("outbound", "reminder", 0.0158),
        ("inbound", None, 0.0075),
    ]
    assert found["cost_per_message_usd"] == float(round(sum(map(Decimal, costs)) / 4, 6))
    assert found["by_day"] == {f"{NOW:%Y-%m-%d}": 0.0733}
    assert found["billed_cost_usd"] == 0


async def test_users_see_their_own_tenants_theirs_and_the_system_all(api: Api) -> None:
    await told(api, sms(), sms(user="7"), sms(tenant="globex"))
    assert (await api.get(ANALYTICS, USER))["messages"]["total"] == 1
    assert (await api.get(ANALYTICS, TENANT_ADMIN))["messages"]["total"] == 2
    assert (await api.get(SYSTEM, ADMIN))["messages"]["total"] == 3


async def test_other_channels_are_no_sms(api: Api) -> None:
    await told(api, sms(), sms(channel="whatsapp", cost_usd="1"))
    assert (await api.get(ANALYTICS))["messages"]["total"] == 1
    assert (await api.get(COSTS))["total_cost_usd"] == 0


@pytest.mark.parametrize(("preset", "days"), [("7d", 7), ("30d", 30), ("90d", 90), ("1y", 365), (None, 30)])
async def test_presets(api: Api, preset: str | None, days: int) -> None:
    query = {"time_range": preset} if preset else {}
    assert (await api.get(ANALYTICS, **query))["period"]["days"] == days


@pytest.mark.parametrize(
    "query",
    [
        {"time_range": "14d"},
        {"time_range": ""},
        {"start_date": "2026-02-02", "end_date": "2026-02-01"},
        {"start_date": "2024-01-01", "end_date": "2026-01-01"},
        {"start_date": "yesterday"},
        {"time_range": "7d", "start_date": "2026-01-01"},
        {"tz": "Mars/Olympus"},
        {"tz": "../../etc/passwd"},
        {"start_date": "0001-01-01", "end_date": "0001-01-02"},
        {"end_date": "0001-01-01"},
        {"start_date": "9999-12-30", "end_date": "9999-12-31"},
    ],
)
async def test_a_time_that_cannot_be_meant_is_refused(api: Api, query: dict[str, str]) -> None:
    assert await api.refused(ANALYTICS, **query) == (400, "bad_parameter")


async def test_dates_are_days_of_the_zone_that_is_named(api: Api) -> None:
    """23:30 UTC on the 1st is the 2nd in Berlin."""
    await told(api, sms(at=datetime(2026, 9, 1, 23, 30, tzinfo=UTC)))
    day = {"start_date": "2026-09-02", "end_date": "2026-09-02"}
    assert (await api.get(ANALYTICS, TENANT_ADMIN, **day))["messages"]["total"] == 0
    assert (await api.get(ANALYTICS, TENANT_ADMIN, tz="Europe/Berlin", **day))["messages"]["total"] == 1


async def test_nothing_is_zeros_and_nulls(api: Api) -> None:
    found = await api.get(ANALYTICS)
    assert found["messages"]["total"] == 0
    assert found["messages"]["success_rate"] is None
    assert found["processing"] == {"count": 0, "mean_seconds": None, "p95_seconds": None}
    assert (await api.get(COSTS))["cost_per_message_usd"] is None
