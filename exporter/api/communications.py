"""GET /api/v1/communications/…: what a user was sent, and totals of what became of messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, TypeVar

import orjson
from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from exporter.api.cursor import FIRST_PAGE
from exporter.api.stored_text import storable
from exporter.errors import SignatureFailure
from exporter.event import DEFAULT_TENANT
from exporter.ledger.communications import Selection, stats
from exporter.ledger.message_pages import Wanted, messages_of
from exporter.ledger.reader import Reader
from exporter.receive import problem
from exporter.sources.bearer import check_bearer
from exporter.sources.ledger_text import LONGEST_ID, LONGEST_NAME
from exporter.sources.source import Request
from exporter.vocabulary import Direction

PREFIX = "/api/v1/communications"
_SHOWN = (
    "message_id",
    "channel",
    "provider",
    "message_type",
    "status",
    "sent_at",
    "delivered_at",
    "opened_at",
    "cost_usd",
)


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


_Id = Annotated[str, Field(max_length=LONGEST_ID), AfterValidator(storable)]
_Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(storable)]
_Moment = Annotated[datetime, AfterValidator(_in_utc)]


class _Parameters(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: _Name = DEFAULT_TENANT


class _HistoryParameters(_Parameters):
    user: _Id
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class _StatsParameters(_Parameters):
    """`start` and `end` are RFC 3339, or a date; without a zone they are UTC."""

    user: _Id | None = None
    message_type: _Name | None = None
    channel: _Name | None = None
    start: _Moment | None = None
    end: _Moment | None = None


_P = TypeVar("_P", bound=_Parameters)


class Communications(NamedTuple):
    """What the routes ask.

    Attributes:
        tokens: those of POST /events, as the configuration in force has them; without any, everybody may ask.
        reader: the API's, so that nobody who asks makes a webhook wait.
    """

    tokens: Callable[[], tuple[bytes, ...]]
    reader: Reader

    def routes(self) -> list[web.RouteDef]:
        """The routes, for the application."""
        return [
            web.get(f"{PREFIX}/history", self._answering(_HistoryParameters, self._history)),
            web.get(f"{PREFIX}/stats", self._answering(_StatsParameters, self._stats)),
        ]

    async def _history(self, asked: _HistoryParameters) -> Any:
        whose = Wanted(asked.tenant, asked.user, direction=Direction.OUTBOUND)
        async with self.reader.of(asked.tenant) as connection:
            found = await messages_of(connection, whose, FIRST_PAGE, asked.limit)
        return [{name: row[name] for name in _SHOWN} for row in found]

    async def _stats(self, asked: _StatsParameters) -> Any:
        async with self.reader.of(asked.tenant) as connection:
            return await stats(connection, Selection(**dict(asked)))

    def _answering(
        self, kind: type[_P], answer: Callable[[_P], Awaitable[Any]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            sent = Request(str(request.url), request.query, request.headers, b"", datetime.now(UTC))
            try:
                check_bearer(self.tokens(), sent)
                asked = kind.model_validate(dict(request.query))
            except SignatureFailure as failure:
                return problem(401, "signature", failure.reason.value)
            except ValidationError as error:
                return problem(400, "bad_parameter", _explained(error))
            body = orjson.dumps(await answer(asked), default=_written)
            return web.Response(body=body, content_type="application/json")

        return handle


def _explained(error: ValidationError) -> str:
    """Each parameter with what is wrong; neither values nor names that are not ours."""
    return "; ".join(
        "unknown parameter" if wrong["type"] == "extra_forbidden" else f"{wrong['loc'][0]}: {wrong['msg']}"
        for wrong in error.errors()
    )


def _written(value: object) -> object:
    """Money as text.

    Raises:
        TypeError: something else.
    """
    if not isinstance(value, Decimal):
        raise TypeError
    return format(value.normalize(), "f")
