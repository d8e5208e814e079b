"""How answers are written: models as JSON with exact numbers, refusals as problem documents (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from exporter.errors import Refusal, RefusalReason

STATUS = {
    RefusalReason.NOT_CONFIGURED: 401,
    RefusalReason.UNPROVEN: 401,
    RefusalReason.UNBELIEVED: 401,
    RefusalReason.EXPIRED: 401,
    RefusalReason.FORBIDDEN: 403,
    RefusalReason.FOREIGN_TENANT: 403,
    RefusalReason.BAD_PARAMETER: 400,
    RefusalReason.BAD_BODY: 400,
    RefusalReason.TOO_LARGE: 413,
    RefusalReason.NOT_FOUND: 404,
    RefusalReason.CONFLICT: 409,
    RefusalReason.TOO_MANY_REQUESTS: 429,
}
PROBLEM_TYPE = "application/problem+json"

Exact = Annotated[
    Decimal,
    PlainSerializer(lambda value: value, return_type=Decimal),
    WithJsonSchema({"type": "number"}, mode="serialization"),
]
"""A decimal that is written as a JSON number with all of its digits."""


class Answer(BaseModel):
    """The body of an answer."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Problem(Answer):
    """What is wrong, for machines (`reason`) and for people (`detail`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Bad parameter",
                    "status": 400,
                    "detail": "days: Input should be less than or equal to 366",
                    "reason": "bad_parameter",
                }
            ]
        }
    )

    type: str = Field(default="about:blank", description="As RFC 9457 has it; `reason` tells kinds apart.")
    title: str = Field(description="The reason in words.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What is wrong with this request; for people.")
    reason: str = Field(description="What is wrong, from a closed list; for machines.")


def json_of(answer: BaseModel) -> bytes:
    """The JSON of an answer; times are RFC 3339 in UTC."""
    return json_of_fields(answer.model_dump(by_alias=True))


def json_of_fields(fields: Mapping[str, Any]) -> bytes:
    """The JSON of an answer that is made of these."""
    return orjson.dumps(dict(fields), default=_number, option=orjson.OPT_UTC_Z)


def json_response(body: bytes, status: int = 200, media_type: str = "application/json") -> web.Response:
    """An answer that nobody on the way may keep: it is for one caller."""
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, body=body, content_type=media_type, headers=headers)


def refused(refusal: Refusal) -> web.Response:
    """The problem document of a refusal."""
    answer = problem(STATUS[refusal.reason], refusal.reason.value, refusal.detail)
    if answer.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if answer.status == 429:
        answer.headers["Retry-After"] = "1"
    return answer


def unavailable() -> web.Response:
    """Our own trouble: the caller is told to come back."""
    answer = problem(503, "ledger_unavailable", "the ledger does not answer now")
    answer.headers["Retry-After"] = "1"
    return answer


def problem(status: int, reason: str, detail: str) -> web.Response:
    """A problem document."""
    title = reason.replace("_", " ").capitalize()
    body = json_of(Problem(title=title, status=status, detail=detail, reason=reason))
    return web.Response(status=status, body=body, content_type=PROBLEM_TYPE)


def _number(value: Any) -> Any:
    """A decimal as it is.

    Raises:
        TypeError: something else.
    """
    if not isinstance(value, Decimal):
        raise TypeError
    return orjson.Fragment(format(value, "f").encode())
