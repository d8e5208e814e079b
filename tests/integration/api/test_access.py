"""Who may ask what: every endpoint of the description, by every kind of caller."""

from __future__ import annotations

import re
from typing import Any

import pytest

from exporter.api.caller import Caller, Role
from exporter.api.endpoint import Endpoint
from exporter.api.endpoints import endpoints
from tests.integration.api.asking import ADMIN, FOREIGN, TENANT_ADMIN, USER, Api, Told

CALLERS = {"user": USER, "tenant_admin": TENANT_ADMIN, "admin": ADMIN}
ROLES = list(Role)
ENDPOINTS = {f"{one.method} {one.path}": one for one in endpoints(None)}  # type: ignore[arg-type]


def path_of(one: Endpoint) -> str:
    return re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", one.path)


async def ask(api: Api, one: Endpoint, caller: Caller | None, tenant: str | None = None) -> Told:
    headers = {} if tenant is None else {"X-Tenant-Id": tenant}
    body: Any = {} if one.body is not None else None
    return await api.ask(one.method, path_of(one), caller, body=body, headers=headers)


async def test_nobody_is_answered_without_a_token(api: Api) -> None:
    for name, one in ENDPOINTS.items():
        told = await ask(api, one, None)
        assert (told.status, told.json["reason"]) == (401, "missing_token"), name
        assert told.headers["WWW-Authenticate"] == "Bearer", name


@pytest.mark.parametrize("role", ROLES)
async def test_a_lower_role_is_refused_and_a_high_enough_one_is_not(api: Api, role: Role) -> None:
    for name, one in ENDPOINTS.items():
        told = await ask(api, one, CALLERS[role], tenant=None if role is not Role.ADMIN else "acme")
        if ROLES.index(role) < ROLES.index(one.role):
            assert (told.status, told.json["reason"]) == (403, "forbidden"), name
        else:
            assert told.status in (one.status, 400, 404), (name, told.body)


@pytest.mark.parametrize("caller", [USER, TENANT_ADMIN, FOREIGN])
async def test_no_token_of_a_tenant_opens_another(api: Api, caller: Caller) -> None:
    for name, one in ENDPOINTS.items():
        told = await ask(api, one, caller, tenant="acme" if caller is FOREIGN else "globex")
        assert told.status == 403, (name, told.body)


@pytest.mark.parametrize("role", ROLES)
async def test_tokens_of_a_closed_tenant_are_refused(api: Api, role: Role) -> None:
    for name, one in ENDPOINTS.items():
        told = await ask(api, one, Caller("42", role, "gone"))
        assert (told.status, told.json["reason"]) == (403, "forbidden"), name


async def test_an_unknown_parameter_is_refused(api: Api) -> None:
    for name, one in ENDPOINTS.items():
        body: Any = {} if one.body is not None else None
        told = await api.ask(one.method, path_of(one), ADMIN, body=body, nonsense=1)
        assert (told.status, told.json["reason"]) == (400, "bad_parameter"), name


async def test_a_parameter_given_twice_is_refused(api: Api) -> None:
    assert await api.refused("/api/v1/me?x=1&x=2") == (400, "bad_parameter")


async def test_the_caller_is_told_who_they_are(api: Api) -> None:
    assert await api.get("/api/v1/me") == {"user": "42", "role": "user", "tenant": "acme"}
    assert (await api.get("/api/v1/me", ADMIN))["tenant"] is None


async def test_a_refusal_is_a_problem_document(api: Api) -> None:
    told = await api.ask("GET", "/api/v1/me", None)
    assert told.headers["Content-Type"].startswith("application/problem+json")
    assert told.json == {
        "type": "about:blank",
        "title": "Missing token",
        "status": 401,
        "detail": "send Authorization: Bearer <token>",
        "reason": "missing_token",
    }
