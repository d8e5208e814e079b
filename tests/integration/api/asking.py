"""Callers of the API of a running exporter: each with a token of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from exporter.api.caller import Caller, Role
from exporter.api.token import made
from exporter.config import ApiConfig
from tests.integration.running_app import RunningApp, running_app

SECRET = "a-secret-of-more-than-thirty-two-bytes"
CONFIG = ApiConfig.model_validate({"jwt_secret": SECRET, "closed_tenants": ["gone"]})
USER = Caller("42", Role.USER, "acme")
TENANT_ADMIN = Caller("7", Role.TENANT_ADMIN, "acme")
ADMIN = Caller("1", Role.ADMIN, None)
FOREIGN = Caller("42", Role.USER, "globex")


class Told(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """The API of one exporter.

    Attributes:
        one: the exporter, to post events to and to look at.
    """

    def __init__(self, one: RunningApp) -> None:
        self.one = one

    async def ask(
        self,
        method: str,
        path: str,
        caller: Caller | None = USER,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Told:
        given = dict(headers or {})
        if caller is not None:
            given.setdefault("Authorization", f"Bearer {token(caller)}")
        parameters = {name: str(value) for name, value in query.items()}
        async with self.one.session.request(
            method, self.one.url + path, params=parameters, json=body, headers=given
        ) as answer:
            return Told(answer.status, dict(answer.headers), await answer.read())

    async def get(self, path: str, caller: Caller | None = USER, **query: Any) -> Any:
        """The JSON of an answer that must be 200."""
        told = await self.ask("GET", path, caller, **query)
        assert told.status == 200, told.body
        return told.json

    async def refused(self, path: str, caller: Caller | None = USER, **query: Any) -> tuple[int, str]:
        """Status and reason of a problem document."""
        told = await self.ask("GET", path, caller, **query)
        assert told.headers["Content-Type"].startswith("application/problem+json"), told.body
        assert told.json["status"] == told.status
        return told.status, told.json["reason"]

    async def roll_up(self) -> None:
        """Bring the rollups to the ledger's end, as the scheduled work does every few seconds."""
        await self.one.app.roll_up()


def token(caller: Caller, config: ApiConfig = CONFIG) -> str:
    return made(config, caller, datetime.now(UTC), timedelta(minutes=10))


@asynccontextmanager
async def running_api(dsn: str, folder: Path, **sections: Any) -> AsyncIterator[Api]:
    """An exporter whose API believes the tokens above."""
    keys = {"jwt_secret": SECRET, "closed_tenants": ["gone"]}
    async with running_app(
        dsn, folder, **{"api": keys, "tenants": ["default", "acme", "globex"], **sections}
    ) as one:
        yield Api(one)
