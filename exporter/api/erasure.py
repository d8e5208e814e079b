"""Erasing a person of the tenant: asked for here, done by the leader, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Body, Endpoint, Parameters
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.erasure import erasures_of
from exporter.ledger.person import PersonKind

if TYPE_CHECKING:
    from exporter.api.sources import Sources

EMAIL_PATTERN = r"^[^\s@\x00]{1,64}@[^\s@\x00]{1,255}$"
NUMBER_PATTERN = r"^\+[1-9][0-9]{7,14}$"


class ErasureAsked(Body):
    """Whom to erase, named in one way."""

    user: Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\x00]+$")] | None = Field(
        default=None, description="The application's name of the person."
    )
    number: Annotated[str, Field(pattern=NUMBER_PATTERN)] | None = Field(
        default=None, description="A telephone number, with + and country."
    )
    email: Annotated[str, Field(pattern=EMAIL_PATTERN)] | None = Field(
        default=None, description="An address of mail."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len([one for one in (self.user, self.number, self.email) if one is not None]) != 1:
            raise ValueError("name one of user, number and email")
        return self

    @property
    def whom(self) -> tuple[PersonKind, str]:
        """The kind of the name, and the name."""
        if self.number:
            return PersonKind.NUMBER, self.number
        return (PersonKind.EMAIL, self.email) if self.email else (PersonKind.USER, self.user or "")


class ErasureId(Parameters):
    """Which erasure."""

    erasure_id: UUID = Field(description="The name of the erasure.")


class ErasureState(Answer):
    """An erasure without whom it was about; `counts` are rows changed or deleted, by table."""

    erasure_id: UUID = Field(description="Its name.")
    kind: PersonKind = Field(description="How the person was named.")
    requested_by: str = Field(description="Who asked for it.")
    requested_at: datetime = Field(description="When.")
    finished_at: datetime | None = Field(description="When it was done; null before.")
    counts: dict[str, int] = Field(description="Rows changed or deleted, by table.")


class ErasureList(Answer):
    """The newest 1,000 erasures of the tenant, newest first."""

    erasures: Sequence[ErasureState] = Field(description="The newest first.")


def erasure_endpoints(sources: Sources) -> list[Endpoint]:
    """Ask for an erasure, and see what became of it."""
    asks = _Asks(sources)
    admin, path = Role.TENANT_ADMIN, "/api/v1/erasure"
    return [
        Endpoint(
            "POST",
            path,
            "Erase a person; totals stay.",
            admin,
            asks.create,
            ErasureState,
            body=ErasureAsked,
            status=202,
        ),
        Endpoint("GET", path, "Erasures of the tenant.", admin, asks.list, ErasureList),
        Endpoint(
            "GET",
            f"{path}/{{erasure_id}}",
            "One erasure.",
            admin,
            asks.read,
            ErasureState,
            parameters=ErasureId,
        ),
    ]


class _Asks:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def create(self, asked: Asked) -> ErasureState:
        kind, subject = asked.body.whom
        erasures = self._sources.ledger.erasures
        erasure_id = await erasures.request(asked.one_tenant, kind, subject, asked.caller.user)
        return (await self._states(asked.one_tenant, erasure_id))[0]

    async def list(self, asked: Asked) -> ErasureList:
        return ErasureList(erasures=await self._states(asked.one_tenant))

    async def read(self, asked: Asked) -> ErasureState:
        found = await self._states(asked.one_tenant, asked.parameters.erasure_id)
        if not found:
            raise Refusal(RefusalReason.NOT_FOUND, "the tenant has no such erasure")
        return found[0]

    async def _states(self, tenant: str, erasure_id: UUID | None = None) -> Sequence[ErasureState]:
        async with self._sources.reader.of(tenant) as connection:
            found = await erasures_of(connection, tenant, erasure_id)
        return [ErasureState.model_validate(one._asdict()) for one in found]
