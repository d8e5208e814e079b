"""The cost reports of Meta, OpenAI and Anthropic, in the shape of their documented answers.

Sources: developers.openai.com/api/reference, GET /organization/costs; platform.claude.com/docs/en/api/admin-api/
usage-cost/get-cost-report; developers.facebook.com, WhatsApp Business Platform, Analytics (all read 2026-11).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.fake_twilio import Failure, failed

SECRET = "canary-admin-key"
WABA = "102290129340398"
OPENAI_PATH = "/v1/organization/costs"
ANTHROPIC_PATH = "/v1/organizations/cost_report"
META_PATH = f"/v25.0/{WABA}"
REFUSED = Failure(401, '{"error": {"message": "Incorrect API key provided"}}')
BUSY = Failure(429, '{"error": {"type": "rate_limit_error"}}', {"Retry-After": "7"})
BROKEN = Failure(500, "<html>", {"Content-Type": "text/html"})


def midnight_s(day: date, hours_east: int = 0) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp()) - hours_east * 3_600


def openai_day(day: date, *costs: Any) -> dict[str, Any]:
    """A bucket; a cost is a pair of line item and value, or a result as it is."""
    results = [
        {
            "object": "organization.costs.result",
            "amount": {"value": cost[1], "currency": "usd"},
            "line_item": cost[0],
            "project_id": None,
        }
        if isinstance(cost, tuple)
        else cost
        for cost in costs
    ]
    start_s = midnight_s(day)
    return {"object": "bucket", "start_time": start_s, "end_time": start_s + 86_400, "results": results}


def anthropic_day(day: date, *costs: Any) -> dict[str, Any]:
    """A bucket; a cost is a pair of token type and cents, or a result as it is."""
    results = [
        {
            "currency": "USD",
            "amount": cost[1],
            "workspace_id": None,
            "description": "Claude Sonnet 4 Usage - Input Tokens",
            "cost_type": "tokens" if cost[0] else "web_search",
            "context_window": "0-200k",
            "model": "claude-sonnet-4-20250514",
            "service_tier": "standard",
            "token_type": cost[0],
        }
        if isinstance(cost, tuple)
        else cost
        for cost in costs
    ]
    ending = f"{day + timedelta(days=1)}T00:00:00Z"
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": ending, "results": results}


def page(*buckets: Any, then: str | None = None) -> dict[str, Any]:
    return {"object": "page", "data": list(buckets), "has_more": then is not None, "next_page": then}


def point(day: date, category: str, cost: Any, hours_east: int = 0) -> dict[str, Any]:
    start_s = midnight_s(day, hours_east)
    told = {"start": start_s, "end": start_s + 86_400, "pricing_category": category, "volume": 100}
    return told if cost is None else {**told, "cost": cost}


def analytics(*points: Any, then: str | None = None) -> dict[str, Any]:
    return {"data": [{"data_points": list(points)}], **({"paging": {"next": then}} if then else {})}


def account(*points: Any, currency: str = "USD", then: str | None = None) -> dict[str, Any]:
    return {"currency": currency, "pricing_analytics": analytics(*points, then=then), "id": WABA}


class FakeReports:
    """Answers with its failures first, then with its pages, one a request, the last one again and again.

    Attributes:
        asked: the path and the query of every request that came.
    """

    def __init__(self) -> None:
        self.pages: list[Any] = [page()]
        self.failures: list[Failure] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = ""

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query)))
        if not _is_proved(request):
            return failed(REFUSED)
        if self.failures:
            return failed(self.failures.pop(0))
        return web.json_response(self.pages.pop(0) if len(self.pages) > 1 else self.pages[0])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeReports]:
        app = web.Application()
        for path in (OPENAI_PATH, ANTHROPIC_PATH, META_PATH):
            app.router.add_get(path, self._answer)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self


def _is_proved(request: web.Request) -> bool:
    if request.path == ANTHROPIC_PATH:
        return request.headers.get("x-api-key") == SECRET and "anthropic-version" in request.headers
    return request.headers.get("Authorization") == f"Bearer {SECRET}"
