"""Answers that are given again: for those who may see them, with the time that they are of."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.api.caller import Caller, Role
from exporter.ledger.person import PersonKind
from tests.integration.api.asking import ADMIN, FOREIGN, TENANT_ADMIN, USER, Api

SUMMARY = "/api/v1/analytics/summary"
OTHER_ADMIN = Caller("7", Role.TENANT_ADMIN, "globex")


def call(tenant: str = "acme", user: str = "42") -> dict[str, Any]:
    model = {"provider": "openai", "model": "m", "cost_usd": "1"}
    return {"kind": "llm", "tenant": tenant, "user": user, **model}


async def told(api: Api, *events: dict[str, Any]) -> None:
    assert (await api.one.events(*events))[0] == 200
    await api.roll_up()


async def requests(api: Api, caller: Caller, **query: Any) -> int:
    return int((await api.get(SUMMARY, caller, **query))["usage"]["total_requests"])


async def counted(api: Api) -> tuple[float | None, float | None]:
    """Hits and misses."""
    name = "comms_api_cache_requests_total"
    return await api.one.sample(name, outcome="hit"), await api.one.sample(name, outcome="miss")


async def test_an_answer_given_again_says_of_when_it_is(api: Api) -> None:
    await told(api, call())
    first = await api.get(SUMMARY, TENANT_ADMIN)
    await told(api, call())
    assert await api.get(SUMMARY, TENANT_ADMIN) == first
    fresh = await api.get(SUMMARY, TENANT_ADMIN, days=29)
    assert (first["usage"]["total_requests"], fresh["usage"]["total_requests"]) == (1, 2)
    assert first["as_of"] < fresh["as_of"]
    assert await counted(api) == (1, 2)


async def test_no_tenant_is_answered_with_what_is_anothers(api: Api) -> None:
    await told(api, call(), call(), call("globex"))
    for _ in range(2):
        assert await requests(api, TENANT_ADMIN) == 2
        assert await requests(api, OTHER_ADMIN) == 1
        assert await requests(api, ADMIN) == 3
        assert await requests(api, FOREIGN) == 1
    assert await counted(api) == (3, 3)


async def test_a_header_that_names_a_tenant_makes_it_another_question(api: Api) -> None:
    await told(api, call(), call(), call("globex"))
    assert await requests(api, ADMIN) == 3
    answer = await api.ask("GET", SUMMARY, ADMIN, headers={"X-Tenant-Id": "globex"})
    assert answer.json["usage"]["total_requests"] == 1
    assert await api.refused(SUMMARY, Caller("7", Role.TENANT_ADMIN, "gone")) == (403, "forbidden")


async def test_who_may_not_ask_gets_nothing_that_is_kept(api: Api) -> None:
    dashboard = "/api/v1/metrics/dashboard"
    await api.get(dashboard, TENANT_ADMIN)
    assert await api.refused(dashboard, USER) == (403, "forbidden")
    assert await api.refused(dashboard, None) == (401, "missing_token")
    answer = await api.ask("GET", dashboard, OTHER_ADMIN, headers={"X-Tenant-Id": "acme"})
    assert (answer.status, answer.json["reason"]) == (403, "foreign_tenant")


async def test_an_answer_about_a_person_does_not_outlive_the_erasure(api: Api) -> None:
    """The tenant's sums stay, as an erasure promises."""
    await told(api, call(), call(user="43"))
    assert (await requests(api, USER), await requests(api, TENANT_ADMIN)) == (1, 2)
    erasures = api.one.app._storage._ledger.erasures  # type: ignore[union-attr]
    await erasures.run("acme", await erasures.request("acme", PersonKind.USER, "42", "7"))
    assert (await requests(api, USER), await requests(api, TENANT_ADMIN)) == (0, 2)
    assert await requests(api, TENANT_ADMIN, days=29) == 2


@pytest.mark.parametrize("days", [0, 367])
async def test_a_refusal_stays_a_refusal(api: Api, days: int) -> None:
    for _ in range(2):
        assert await api.refused(SUMMARY, TENANT_ADMIN, days=days) == (400, "bad_parameter")
