"""Each figure of the page is that of the API, of /metrics or of the configuration."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.api.asking import ADMIN, TENANT_ADMIN, USER, Api, running_api
from tests.integration.freezing import frozen, postmaster_pid
from tests.integration.front_page.looking import BAD_SMS_FAILED, BAD_SMS_SENT, busy, seen, step, told
from tests.integration.waiting import until

SUMMARY = "/api/v1/analytics/summary"
BUDGET = {"tenant": "acme", "limit_usd": 5}


@pytest.mark.parametrize("span", ["7d", "30d", "90d"])
async def test_channels_are_those_of_the_sla_endpoint(closed_page: Api, span: str) -> None:
    await busy(closed_page)
    page = await seen(closed_page, TENANT_ADMIN, range=span)
    rules = (await closed_page.get("/api/v1/sla", TENANT_ADMIN, time_range=span))["rules"]
    assert {rule["channel"] for rule in rules} == {"sms", "whatsapp"}
    for rule in rules:
        figure = page.figures[f"{rule['channel']}/{rule['rule']}"]
        assert (float(figure) if figure else None) == rule["observed"]


async def test_counts_are_those_of_the_analytics(closed_page: Api) -> None:
    await busy(closed_page)
    for caller in (USER, TENANT_ADMIN):
        page = await seen(closed_page, caller, range="30d")
        messages = (await closed_page.get("/me/sms-analytics", caller, time_range="30d"))["messages"]
        assert int(page.figures["sms/received"]) == messages["inbound"] == 5
        assert int(page.figures["sms/failed"]) == messages["failed"] == BAD_SMS_FAILED
        assert int(page.figures["sms/delivered"]) == messages["delivered"] == BAD_SMS_SENT - BAD_SMS_FAILED
        assert int(page.figures["sms/attempted"]) == BAD_SMS_SENT + BAD_SMS_FAILED


async def test_a_share_beyond_its_threshold_is_said_in_words(open_page: Api) -> None:
    await busy(open_page)
    page = await seen(open_page)
    assert "16.7 % ✗ should be at most 5 %" in page.text
    assert "80 % ✗ should be at least 95 %" in page.text
    assert "✓ at most 3 s" in page.text
    assert "too few to judge, at most" in page.text  # three mails


async def test_money_is_that_of_metrics(dsn: str, tmp_path: Path) -> None:
    async with running_api(dsn, tmp_path, api={}, budgets=[BUDGET]) as api:
        await busy(api)

        async def is_counted() -> bool:
            return Decimal((await seen(api)).figures["money//month"]) == Decimal("0.316")

        await until(is_counted)
        page = await seen(api, tenant="acme")
        for figure, channel in (("", ""), ("sms", "sms")):
            month = await api.one.sample("comms_cost_month_to_date_usd", tenant="acme", channel=channel)
            assert float(page.figures[f"money/{figure}/month"]) == month == 0.316
            assert float(page.figures[f"money/{figure}/today"]) in (
                0.316,
                0,
            )  # 30 s before: the day may have turned
        left = await api.one.sample("comms_budget_remaining_usd", tenant="acme", channel="")
        assert float(page.figures["money//left"]) == left
        assert Decimal((await seen(api, tenant="globex")).figures["money//month"]) == 0


async def test_counts_since_the_beginning_are_those_of_metrics(open_page: Api) -> None:
    await busy(open_page)
    page = await seen(open_page)
    shown = {name: int(value) for name, value in page.figures.items() if name.count("/") == 4}
    assert len(shown) > 5
    for name, value in shown.items():
        words = dict(
            zip(("tenant", "channel", "provider", "direction", "status"), name.split("/"), strict=True)
        )
        assert await open_page.one.sample("comms_messages_total", **words) == value


async def test_the_filter_shows_one_tenant_only(open_page: Api) -> None:
    await busy(open_page)
    page = await seen(open_page, tenant="globex")
    assert page.figures["email/attempted"] == "3"
    assert not any(name.startswith(("sms/", "acme/")) for name in page.figures)


async def test_sums_of_nothing_are_never_brought_up(open_page: Api) -> None:
    assert "Sums brought up never" in " ".join((await seen(open_page)).text.split())


async def test_freshness_and_pace_are_told(open_page: Api) -> None:
    await busy(open_page)

    async def is_measured() -> bool:
        figures = (await seen(open_page)).figures
        return figures["lag_events"] == "0" and figures["events_per_s"] != ""

    await until(is_measured)
    assert int((await seen(open_page)).figures["seq"]) > 0


async def test_without_alertmanager_own_thresholds_fire(open_page: Api) -> None:
    await busy(open_page)
    page = await seen(open_page)
    assert page.figures["firing"] == "2"
    assert "Failed (threshold) sms" in page.text
    assert "no Alertmanager is configured" in page.text


ALERTS: list[dict[str, Any]] = [
    {"labels": {"alertname": "BudgetNearlySpent", "severity": "ticket", "tenant": "globex"}},
    {
        "labels": {
            "alertname": "MessageErrorRatioHigh",
            "severity": "page",
            "tenant": "acme",
            "channel": "sms",
        }
    },
    {"labels": {"alertname": "LedgerDown", "severity": "page"}},
]


@pytest.fixture
async def alertmanager() -> AsyncIterator[TestServer]:
    """Its API, as openapi.yaml of v2 describes it."""

    async def alerts(request: web.Request) -> web.Response:
        assert request.query["active"] == "true"
        assert request.query["silenced"] == request.query["inhibited"] == "false"
        return web.json_response([{**alert, "startsAt": "2026-11-21T10:00:00.000Z"} for alert in ALERTS])

    app = web.Application()
    app.router.add_get("/api/v2/alerts", alerts)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


async def test_alerts_are_those_of_alertmanager_the_gravest_first(
    dsn: str, tmp_path: Path, alertmanager: TestServer
) -> None:
    url = str(alertmanager.make_url("")).rstrip("/")
    async with running_api(dsn, tmp_path, alertmanager={"url": url}) as api:
        everything = await seen(api, ADMIN)
        assert everything.figures["firing"] == "3"
        assert "By Alertmanager." in everything.text
        places = [everything.text.index(alert["labels"]["alertname"]) for alert in ALERTS]
        assert places[2] < places[1] < places[0]
        own = await seen(api, TENANT_ADMIN)
        assert own.figures["firing"] == "1"
        assert "MessageErrorRatioHigh (page) acme · sms" in own.text
        assert "globex" not in own.text
        await alertmanager.close()
        await busy(api)
        page = await seen(api, ADMIN)
        assert "Alertmanager does not answer" in page.text
        assert page.figures["firing"] == "2"


async def test_the_page_loads_while_the_database_is_away(open_page: Api) -> None:
    await busy(open_page)
    await until(lambda: _counts_sms(open_page))
    with frozen(await postmaster_pid(open_page.one.dsn)):
        await until(lambda: _says_so(open_page))
        page = await seen(open_page)
        assert page.figures["acme/sms/twilio/outbound/sent"] == str(BAD_SMS_SENT)
        assert Decimal(page.figures["money//month"]) >= 0
        assert "sms/attempted" not in page.figures
    await until(open_page.one.ready)
    assert "sms/attempted" in (await seen(open_page)).figures


async def _counts_sms(api: Api) -> bool:
    return "acme/sms/twilio/outbound/sent" in (await seen(api)).figures


async def _says_so(api: Api) -> bool:
    async with asyncio.timeout(60):
        return "The database does not answer" in (await seen(api)).text


async def test_what_senders_write_is_never_markup(open_page: Api) -> None:
    await open_page.one.events(step("sent", 1, tenant="<script>alert(1)</script>", provider='"><b>'))
    await open_page.roll_up()
    await until(lambda: _shows(open_page, "alert(1)"))
    page = await seen(open_page, tenant="<script>alert(1)</script>")
    assert "<script>alert" not in page.html
    assert '"><b>' not in page.html


async def _shows(api: Api, text: str) -> bool:
    return text in (await seen(api)).text


async def test_notifications_of_whoever_looks_are_counted_and_named(closed_page: Api) -> None:
    news = {"type": "info", "title": "Maintenance tonight", "message": "From two to four.", "user_id": "42"}
    tenant = {"X-Tenant-Id": "acme"}
    told_news = await closed_page.ask("POST", "/api/v1/notifications", ADMIN, body=news, headers=tenant)
    assert told_news.status == 200, told_news.body
    shown = (await told(closed_page, USER)).body.decode()
    assert "Maintenance tonight" in shown
    assert (await closed_page.get("/api/v1/notifications/unread-count"))["unread_count"] == 1
    assert "Maintenance tonight" not in (await told(closed_page, TENANT_ADMIN)).body.decode()


def call(model: str, cost_usd: str, user: str = "42") -> dict[str, Any]:
    about = {"tenant": "acme", "user": user, "provider": "openai", "model": model, "cost_usd": cost_usd}
    return {"kind": "llm", "at": datetime.now(UTC).isoformat(), **about}


@pytest.mark.parametrize("days", [7, 30])
async def test_language_models_are_those_of_the_usage_endpoint(closed_page: Api, days: int) -> None:
    calls = [call(f"gpt-{at}", f"{at}.0000001") for at in range(7)] + [call("gpt-6", "0.5", user="9")]
    status, answer = await closed_page.one.events(*calls)
    assert (status, answer["rejected"]) == (200, [])
    await closed_page.roll_up()
    for caller, requests in ((USER, 7), (TENANT_ADMIN, 8)):
        page = await seen(closed_page, caller, range=f"{days}d")
        told = json.loads(
            (await closed_page.ask("GET", SUMMARY, caller, days=days)).body, parse_float=Decimal
        )
        assert int(page.figures["llm/requests"]) == told["usage"]["total_requests"] == requests
        assert Decimal(page.figures["llm/cost_usd"]) == told["usage"]["total_cost_usd"]
        average = Decimal(page.figures["llm/cost_per_request_usd"])
        assert average == told["usage"]["avg_cost_per_request_usd"]
        for at in (2, 3, 4, 5, 6):
            model = f"openai/gpt-{at}"
            assert Decimal(page.figures[f"llm/{model}"]) == told["by_model"][model]["cost_usd"]
        assert "llm/openai/gpt-1" not in page.figures
        assert "and 2 cheaper models" in page.text


async def test_the_newest_hours_show_language_models_too(open_page: Api) -> None:
    await open_page.one.events(call("gpt-4", "0.25"))
    await open_page.roll_up()
    assert (await seen(open_page, range="24h")).figures["llm/cost_usd"] == "0.25"


async def test_without_calls_there_is_no_card_of_language_models(open_page: Api) -> None:
    await busy(open_page)
    page = await seen(open_page)
    assert "Language models" not in page.text
    assert not any(name.startswith("llm/") for name in page.figures)
