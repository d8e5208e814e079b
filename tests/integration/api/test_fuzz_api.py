"""Schemathesis asks everything that the description allows, and what it does not allow, as every role.

No answer is our own failure, and each is as the description says.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import CheckContext, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from exporter.api.caller import Caller
from tests.integration.api.asking import ADMIN, TENANT_ADMIN, USER, Api, token
from tests.integration.api.test_exports import message
from tests.integration.api.test_usage import NOW, call, told

LONGEST_LINE = 8_000


def refuses_what_is_not_allowed(context: CheckContext, response: Response, case: Any) -> bool | None:
    """What is wrong with a case may be lost on its way: an empty list writes no parameter, a list of one just that."""
    asked = case.query or {}
    sent = dict(parse_qsl(urlsplit(response.request.url).query, keep_blank_values=True))
    if not set(asked) <= set(sent) or any(isinstance(value, list) for value in asked.values()):
        return None
    return negative_data_rejection(context, response, case)


def conforms(context: CheckContext, response: Response, case: Any) -> bool | None:
    """A longer line than HTTP servers read is refused before the API sees it."""
    if len(urlsplit(response.request.url).query) > LONGEST_LINE:
        return None
    return content_type_conformance(context, response, case)


CALLERS = {"user": USER, "tenant_admin": TENANT_ADMIN, "admin": ADMIN}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    conforms,
    response_schema_conformance,
    refuses_what_is_not_allowed,
]
MODES = {"allowed": GenerationMode.POSITIVE, "not allowed": GenerationMode.NEGATIVE}


def fuzzed(url: str, caller: Caller, mode: GenerationMode, each: int) -> int:
    """How many requests were sent, so many for each endpoint."""
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    authorization = {"Authorization": f"Bearer {token(caller)}"}
    sent = 0
    with requests.Session() as session:
        for found in schema.get_all_operations():

            @settings(
                max_examples=each,
                derandomize=True,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=found.ok().as_strategy(mode))
            def ask(case: Any) -> None:
                nonlocal sent
                sent += 1
                case.call_and_validate(url, session, authorization, checks=CHECKS)

            ask()
    return sent


async def run(api: Api, role: str, mode: str, each: int) -> int:
    await told(api, call("0.5"), call("1", tenant="globex"), message("M1", "sent", NOW))
    return await asyncio.to_thread(fuzzed, api.one.url, CALLERS[role], MODES[mode], each)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("role", CALLERS)
async def test_a_hundred_requests_meet_no_surprise(api: Api, role: str, mode: str) -> None:
    assert await run(api, role, mode, each=5) >= 80


@pytest.mark.faults
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("role", CALLERS)
async def test_ten_thousand_requests_meet_no_surprise(api: Api, role: str, mode: str) -> None:
    assert await run(api, role, mode, each=110) >= 1_700
