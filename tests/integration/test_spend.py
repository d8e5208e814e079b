"""Budgets, spending and credit rates on the page of a running exporter."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from exporter import schedule
from exporter.pricing.llm import LlmPrices
from exporter.spend.find_savings import find_savings
from tests.integration.running_app import running_app, settings
from tests.integration.waiting import until

BUDGET = {"tenant": "acme", "channel": "sms", "limit_usd": "250.10"}


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_SPEND_S", 0.2)


async def test_a_budget_is_on_the_page_and_changes_with_the_configuration(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path, budgets=[BUDGET]) as one:

        async def is_limited_to(limit_usd: float | None, channel: str) -> bool:
            labels = {"tenant": "acme", "channel": channel}
            return await one.sample("comms_budget_limit_usd", **labels) == limit_usd

        await until(lambda: is_limited_to(250.1, "sms"))
        assert await one.sample("comms_budget_remaining_usd", tenant="acme", channel="sms") == 250.1
        assert await one.sample("comms_cost_month_to_date_usd", tenant="acme", channel="sms") == 0
        one.config.write_text(json.dumps(settings(budgets=[{"tenant": "acme", "limit_usd": 99}])))
        assert (await one.post("/-/reload", b""))[0] == 200
        await until(lambda: is_limited_to(99, ""))
        assert await is_limited_to(None, "sms")


async def test_credit_rates_and_savings_of_known_tenants_are_on_the_page(dsn: str, tmp_path: Path) -> None:
    rates = {"used_per_usd": 1000, "sold_per_usd": "1000/1.15"}
    async with running_app(dsn, tmp_path, credits=rates) as one:

        async def is_published() -> bool:
            return await one.sample("comms_savings_usd", tenant="default", hint="encoding") == 0

        await until(is_published)
        assert await one.sample("comms_credit_margin_ratio") == 0.15
        assert await one.sample("comms_jobs_total", work="find_savings", status="error") == 0


async def test_what_was_spent_this_month_is_taken_from_the_budget(dsn: str, tmp_path: Path) -> None:
    budget = {"tenant": "acme", "channel": "llm", "limit_usd": "10"}
    call = {"kind": "llm", "tenant": "acme", "provider": "openai", "model": "gpt-4o", "cost_usd": "2.5"}
    async with running_app(dsn, tmp_path, budgets=[budget]) as one:
        await one.events(call | {"at": datetime.now(UTC).isoformat()})

        async def is_taken() -> bool:
            return await one.sample("comms_budget_remaining_usd", tenant="acme", channel="llm") == 7.5

        await until(is_taken)
        assert await one.sample("comms_cost_month_to_date_usd", tenant="acme", channel="") == 2.5


async def test_a_text_that_smart_encoding_shortens_is_a_saving(dsn: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    route = {"channel": "sms", "provider": "app", "direction": "outbound", "status": "sent"}
    text = {"message_id": "M1", "template": "hello", "text": "It\u2019s " + "a" * 100}
    async with running_app(dsn, tmp_path, pricing={"message_usd": {"sms/app": "0.02"}}) as one:
        await one.events({"kind": "message", "at": now.isoformat(), **route, **text})
    (saving,) = await find_savings(dsn, LlmPrices(), now)
    assert saving.amount_usd == Decimal("0.01")
    assert saving.reason == "template hello: Smart Encoding saves 1 segments in 1 messages"
