"""Usage of language models as seed document 002 shows it, from events that were posted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporter.api.usage import average, percentages
from tests.integration.api.asking import ADMIN, TENANT_ADMIN, USER, Api, running_api

NOW = datetime.now(UTC)
CREDITS = {"used_per_usd": "1000", "sold_per_usd": "1000/1.15"}
PREFIX = "/api/v1/analytics"


def call(cost_usd: str, provider: str = "openai", model: str = "gpt-4", **fields: Any) -> dict[str, Any]:
    at = fields.pop("at", NOW)
    return {
        "kind": "llm",
        "tenant": "acme",
        "user": "42",
        "provider": provider,
        "model": model,
        "cost_usd": cost_usd,
        "at": at.isoformat(),
        **fields,
    }


PAYMENTS = [
    {
        "kind": "payment",
        "tenant": "acme",
        "user": "42",
        "state": "succeeded",
        "amount": "120.00",
        "credits": 104_348,
    },
    {
        "kind": "payment",
        "tenant": "acme",
        "user": "42",
        "state": "succeeded",
        "amount": "80.00",
        "credits": 69_565,
    },
    {"kind": "payment", "tenant": "acme", "user": "42", "state": "failed", "amount": "20.00"},
]
DOCUMENTED = [
    call("50.00"),
    call("30.00", model="gpt-3.5-turbo"),
    call("40.00", "anthropic", "claude-3-opus"),
    call("5.00", "anthropic", "claude-3-sonnet", at=NOW - timedelta(days=2)),
]


@pytest.fixture
async def api(dsn: str, tmp_path: Path) -> Any:
    async with running_api(dsn, tmp_path, credits=CREDITS) as running:
        yield running


async def told(api: Api, *events: dict[str, Any]) -> None:
    status, answer = await api.one.events(*events)
    assert status == 200, answer
    assert answer["rejected"] == []
    await api.roll_up()


async def test_the_summary_of_the_document_to_the_last_digit(api: Api) -> None:
    await told(api, *DOCUMENTED, *PAYMENTS)
    summary = await api.get(f"{PREFIX}/summary", days=30)
    assert summary["usage"] == {
        "total_requests": 4,
        "total_credits": 125_000,
        "total_cost_usd": 125,
        "avg_credits_per_request": 31_250,
        "avg_cost_per_request_usd": 31.25,
    }
    assert summary["payments"] == {
        "total_paid_usd": 200,
        "total_credits_purchased": 173_913,
        "payment_count": 2,
    }
    assert summary["by_provider"] == {
        "openai": {"requests": 2, "credits": 80_000, "cost_usd": 80},
        "anthropic": {"requests": 2, "credits": 45_000, "cost_usd": 45},
    }
    assert summary["by_model"]["openai/gpt-4"] == {"requests": 1, "credits": 50_000, "cost_usd": 50}
    two_days_ago = f"{NOW - timedelta(days=2):%Y-%m-%d}"
    assert summary["by_day"][two_days_ago] == {"requests": 1, "credits": 5_000, "cost_usd": 5}
    assert summary["period"]["days"] == 30
    assert summary["lag_events"] == 0


async def test_providers_have_shares_that_add_up(api: Api) -> None:
    await told(api, *DOCUMENTED)
    found = await api.get(f"{PREFIX}/providers", days=30)
    assert [(one["provider"], one["cost_percentage"]) for one in found["providers"]] == [
        ("openai", 64.00),
        ("anthropic", 36.00),
    ]
    assert found["providers"][0]["models_used"] == ["gpt-3.5-turbo", "gpt-4"]
    assert found["total_providers"] == 2


async def test_the_dearest_models_come_first_and_of_equals_the_most_called(api: Api) -> None:
    await told(
        api,
        call("2", model="a"),
        call("1", model="b"),
        call("1", model="b"),
        call("5", model="c"),
        call("2", model="0"),
    )
    found = await api.get(f"{PREFIX}/top-models", limit=3)
    assert [one["model"] for one in found["models"]] == ["openai/c", "openai/b", "openai/0"]
    assert (found["total"], found["limit"]) == (4, 3)


async def test_each_day_is_a_point_with_or_without_calls(api: Api) -> None:
    await told(api, call("0.5"), call("0.25", at=NOW - timedelta(days=2)))
    series = await api.get(f"{PREFIX}/time-series", days=3)
    assert series["data_points"] == len(series["data"]) == 3
    assert [(one["requests"], one["cost_usd"]) for one in series["data"]] == [(1, 0.25), (0, 0), (1, 0.5)]
    assert series["data"][-1]["timestamp"] == f"{NOW:%Y-%m-%d}"


async def test_hours_are_for_the_tenant_and_end_now(api: Api) -> None:
    await told(api, call("0.5"))
    series = await api.get(f"{PREFIX}/time-series", TENANT_ADMIN, days=1, granularity="hour")
    assert series["data_points"] == len(series["data"])
    assert sum(one["requests"] for one in series["data"]) == 1
    assert await api.refused(f"{PREFIX}/time-series", USER, granularity="hour") == (400, "bad_parameter")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("summary", {"days": 0}),
        ("summary", {"days": 367}),
        ("summary", {"days": "many"}),
        ("time-series", {"granularity": "minute"}),
        ("top-models", {"limit": 0}),
        ("top-models", {"limit": 10_000}),
    ],
)
async def test_what_cannot_be_answered_is_said_so(api: Api, path: str, query: dict[str, Any]) -> None:
    assert await api.refused(f"{PREFIX}/{path}", **query) == (400, "bad_parameter")


async def test_a_user_sees_own_calls_and_an_administrator_all_of_the_tenant(api: Api) -> None:
    await told(api, call("1"), call("2", user="7"), call("4", tenant="globex"))
    totals = {
        name: (await api.get(f"{PREFIX}/summary", caller))["usage"]["total_cost_usd"]
        for name, caller in (("user", USER), ("tenant", TENANT_ADMIN), ("all", ADMIN))
    }
    assert totals == {"user": 1, "tenant": 3, "all": 7}


async def test_the_api_and_the_metrics_agree_to_the_last_digit(api: Api) -> None:
    costs = ["0.000000123456", "0.1", "0.2", "12345.6789"]
    await told(api, *[call(cost) for cost in costs])
    body = (await api.ask("GET", f"{PREFIX}/summary")).body
    exact = sum(map(Decimal, costs))
    assert f'"total_cost_usd":{exact}'.encode() in body
    published = [
        line for line in (await api.one.page()).splitlines() if line.startswith("comms_cost_usd_total{")
    ]
    (line,) = [line for line in published if 'tenant="acme"' in line and 'channel="llm"' in line]
    assert line.rpartition(" ")[2] == str(float(exact))


async def test_nothing_is_zeros_and_nulls(api: Api) -> None:
    summary = await api.get(f"{PREFIX}/summary")
    assert summary["usage"]["total_requests"] == 0
    assert summary["usage"]["avg_cost_per_request_usd"] is None
    assert summary["by_provider"] == summary["by_model"] == summary["by_day"] == {}
    assert (await api.get(f"{PREFIX}/providers"))["providers"] == []


async def test_without_credits_for_sale_there_are_none(dsn: str, tmp_path: Path) -> None:
    async with running_api(dsn, tmp_path) as api:
        await told(api, call("1"))
        assert (await api.get(f"{PREFIX}/summary"))["usage"]["total_credits"] is None


def test_shares_always_add_up() -> None:
    assert percentages([Decimal(1)] * 3) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert sum(percentages([Decimal(number) for number in range(1, 30)])) == 100
    assert percentages([Decimal(0)]) == [0]


def test_averages_round_half_up() -> None:
    assert average(Decimal("0.00025"), 2) == Decimal("0.0001")
    assert average(Decimal("0.0003"), 2) == Decimal("0.0002")
    assert average(Decimal(1), 0) is None
