"""What happens becomes a notification in a running exporter, and alerts of Alertmanager do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exporter.api.caller import Caller
from tests.integration.api.asking import TENANT_ADMIN, USER, Api, running_api
from tests.integration.waiting import until
from tests.unit.notifications.test_alert_notices import ALERT

TOKEN = "canary-alert-token"
PATH = "/api/v1/notifications"
MONEY = {"kind": "message", "channel": "sms", "provider": "app", "direction": "outbound", "status": "sent"}


@pytest.fixture
async def telling(dsn: str, tmp_path: Path) -> AsyncIterator[Api]:
    sections = {
        "budgets": [{"tenant": "acme", "limit_usd": "10"}],
        "oncall": {"token": TOKEN},
    }
    async with running_api(dsn, tmp_path, **sections) as api:
        yield api


async def titles(api: Api, caller: Caller = USER) -> list[str]:
    return [one["title"] for one in (await api.get(PATH, caller))["notifications"]]


async def post_alerts(api: Api, *alerts: dict[str, Any], token: str | None = TOKEN) -> tuple[int, Any]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    status, text = await api.one.post(f"{PATH}/alerts", json.dumps({"alerts": alerts}).encode(), headers)
    return status, json.loads(text)


async def test_what_happens_to_a_user_is_told_to_them(telling: Api) -> None:
    about = {"tenant": "acme", "user": "42"}
    await telling.one.events(
        {"kind": "credit", "balance": 1000, **about},
        {"kind": "credit", "balance": 999, **about},
        {
            "kind": "payment",
            "event_id": "p1",
            "state": "succeeded",
            "amount": "20.00",
            "currency": "USD",
            **about,
        },
    )

    async def told() -> bool:
        return sorted(await titles(telling)) == ["Low Credits", "Payment Successful"]

    await until(told)
    (payment,) = [n for n in (await telling.get(PATH))["notifications"] if n["type"] == "success"]
    assert payment["message"] == "Your payment of 20.00 USD succeeded."
    assert (await telling.get(f"{PATH}/unread-count"))["unread_count"] == 2

    async def counted() -> bool:
        labels = {"type": "warning", "channel": "in_app", "outcome": "success"}
        return await telling.one.sample("comms_notifications_total", **labels) == 1

    await until(counted)


async def test_alerts_of_a_tenant_arrive_once_for_its_administrators(telling: Api) -> None:
    nobodys = {**ALERT, "labels": {"alertname": "LedgerDown"}}
    assert await post_alerts(telling, ALERT, nobodys) == (200, {"notified": 1, "repeated": 0, "ignored": 1})
    assert await post_alerts(telling, ALERT) == (200, {"notified": 0, "repeated": 1, "ignored": 0})
    assert await titles(telling, TENANT_ADMIN) == ["DeliveryRatioLow"]
    assert await titles(telling) == []


async def test_the_same_alert_twice_in_one_request_is_told_once(telling: Api) -> None:
    assert (await post_alerts(telling, ALERT, ALERT))[1]["notified"] == 1


@pytest.mark.parametrize("token", [None, "another", ""])
async def test_alerts_need_a_token_of_their_own(telling: Api, token: str | None) -> None:
    status, answer = await post_alerts(telling, ALERT, token=token)
    assert (status, "DeliveryRatioLow" in str(answer)) == (401, False)


async def test_without_a_configured_token_no_alert_is_taken(api: Api) -> None:
    assert (await post_alerts(api, ALERT))[0] == 401


async def test_what_is_no_notification_of_alertmanager_is_refused(telling: Api) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert (await telling.one.post(f"{PATH}/alerts", b"{}", headers))[0] == 400


async def test_a_used_budget_is_told_to_those_who_run_the_tenant(dsn: str, tmp_path: Path) -> None:
    sections = {"budgets": [{"tenant": "acme", "limit_usd": "10"}]}
    now = datetime.now(UTC).isoformat()
    async with running_api(dsn, tmp_path, **sections) as api:
        await api.one.events({**MONEY, "tenant": "acme", "message_id": "m1", "cost_usd": "8.5", "at": now})
    async with running_api(dsn, tmp_path, **sections) as api:

        async def told() -> bool:
            return await titles(api, TENANT_ADMIN) == ["Budget 80 % Used"]

        await until(told)
        assert await titles(api) == []
