"""An endpoint: who may ask what, what is answered, and by whom. Routes and OpenAPI are made from the same list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from exporter.api.answer import json_of, json_response, problem, refused, unavailable
from exporter.api.caller import Caller, Role
from exporter.api.download import Download
from exporter.body import read_body
from exporter.errors import DocumentUnavailable, LedgerUnavailable, Refusal, RefusalReason

TENANT_HEADER = "X-Tenant-Id"
_BODY_BYTES = 65_536
_BODY_S = 10.0


class Parameters(BaseModel):
    """What a request may say in its path and query; anything else is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Body(BaseModel):
    """What a request may say in its body, as JSON; anything else is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Asked(NamedTuple):
    """A request that may be answered.

    Attributes:
        tenant: what it is about; None is all tenants, and only where the endpoint allows it.
        parameters, body: as the endpoint's models.
    """

    caller: Caller
    tenant: str | None
    parameters: Any
    body: Any = None

    @property
    def one_tenant(self) -> str:
        """The tenant of an endpoint that is about one.

        Raises:
            Refusal: an admin of no tenant did not name one.
        """
        if self.tenant is None:
            raise Refusal(RefusalReason.BAD_PARAMETER, f"name the tenant in {TENANT_HEADER}")
        return self.tenant


class Endpoint(NamedTuple):
    """One method of one path.

    Attributes:
        path: with its parameters in braces, which are fields of `parameters` too.
        role: the lowest that may ask.
        answer: the model of a JSON answer; None where it is no JSON, `handle` makes the response itself, or there is
            no content.
        media_type: of an answer that is no JSON.
        cached: whether an answer may be given again, see exporter.api.answer_cache; its parameters choose days.
    """

    method: str
    path: str
    summary: str
    role: Role
    handle: Callable[[Asked], Awaitable[BaseModel | Download | web.StreamResponse | None]]
    answer: type[BaseModel] | None = None
    parameters: type[Parameters] = Parameters
    body: type[Body] | None = None
    status: int = 200
    media_type: str = "application/json"
    cached: bool = False


CallerOf = Callable[[str | None], Awaitable[Caller]]
_M = TypeVar("_M", bound=BaseModel)


def routes(endpoints: Sequence[Endpoint], caller_of: CallerOf) -> list[web.RouteDef]:
    """The aiohttp routes of these endpoints."""
    return [web.route(one.method, one.path, _handler(one, caller_of)) for one in endpoints]


def _handler(
    endpoint: Endpoint, caller_of: CallerOf
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            answer = await endpoint.handle(await _asked(endpoint, caller_of, request))
            if isinstance(answer, Download):
                return await answer.sent(request)
        except Refusal as refusal:
            return refused(refusal)
        except web.HTTPException as error:
            return problem(error.status, error.reason.lower().replace(" ", "_"), error.text or error.reason)
        except (LedgerUnavailable, DocumentUnavailable):
            return unavailable()
        if isinstance(answer, web.StreamResponse):
            return answer
        body = b"" if answer is None else json_of(answer)
        return json_response(body, endpoint.status, endpoint.media_type)

    return handle


async def _asked(endpoint: Endpoint, caller_of: CallerOf, request: web.Request) -> Asked:
    caller = await caller_of(request.headers.get("Authorization"))
    caller.require(endpoint.role)
    tenant = caller.tenant_asked(_tenant_header(request))
    given = _once(request) | dict(request.match_info)
    parameters = _valid(endpoint.parameters, given, RefusalReason.BAD_PARAMETER)
    return Asked(caller, tenant, parameters, await _body(endpoint, request))


def _tenant_header(request: web.Request) -> str | None:
    tenant = request.headers.get(TENANT_HEADER)
    if tenant is not None and not (0 < len(tenant) <= 128 and tenant.isprintable()):
        raise Refusal(RefusalReason.BAD_PARAMETER, f"{TENANT_HEADER} is no tenant")
    return tenant


def _once(request: web.Request) -> dict[str, str]:
    """The query, in which nothing may be said twice: two readers would take different ones."""
    given = dict(request.query)
    if len(given) != len(request.query):
        raise Refusal(RefusalReason.BAD_PARAMETER, "a parameter is given twice")
    return given


async def _body(endpoint: Endpoint, request: web.Request) -> BaseModel | None:
    if endpoint.body is None:
        return None
    if request.content_type != "application/json":
        raise Refusal(RefusalReason.BAD_BODY, "send application/json")
    sent = await read_body(request, limit_bytes=_BODY_BYTES, limit_s=_BODY_S, compressed=False)
    try:
        return endpoint.body.model_validate_json(sent)
    except ValidationError as error:
        raise Refusal(RefusalReason.BAD_BODY, explained(error)) from None


def _valid(model: type[_M], given: dict[str, str], reason: RefusalReason) -> _M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Refusal(reason, explained(error)) from None


def explained(error: ValidationError) -> str:
    """Each field with what is wrong; neither values nor names that are not ours."""
    return "; ".join(
        "unknown field"
        if wrong["type"] == "extra_forbidden"
        else f"{'.'.join(map(str, wrong['loc'])) or 'body'}: {wrong['msg']}"
        for wrong in error.errors(include_url=False, include_context=False, include_input=False)
    )
