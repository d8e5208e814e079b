"""Answers kept for a moment: the longer the time that one is about, the longer it may be shown again.

Those who ask the same while an answer is made wait for that one, so that a crowd costs one look at the ledger.
A user's own answers are never kept: nothing of a person is here, and nothing outlives an erasure.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import NamedTuple

from aiohttp import web
from pydantic import BaseModel

from exporter.api.answer import json_of, json_response
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Endpoint, Parameters
from exporter.api.period import Days
from exporter.config import Config
from exporter.selfmetrics import SelfMetrics

_S_PER_DAY = 0.5
_LONGEST_S = 60.0
_QUESTION_BYTES = 2_048  # what the question itself takes, roughly


class CacheOutcome(StrEnum):
    """Whether an answer was kept or being made; the value is the label of comms_api_cache_requests_total."""

    HIT = "hit"
    MISS = "miss"


class _Question(NamedTuple):
    """All that an answer depends on; `days` because the same parameters mean other days tomorrow."""

    path: str
    tenant: str | None
    role: Role
    parameters: Parameters
    days: Days


class _Kept(NamedTuple):
    body: bytes
    until_s: float

    @property
    def bytes(self) -> int:
        return len(self.body) + _QUESTION_BYTES


class AnswerCache:
    """Answers of endpoints whose parameters choose days; at most `api.cache_bytes` of them."""

    def __init__(
        self, config: Callable[[], Config], metrics: SelfMetrics, clock: Callable[[], float] = monotonic
    ) -> None:
        self._config = config
        self._of = config()
        self._count = {one: metrics.api_cache_requests.labels(one) for one in CacheOutcome}
        self._clock = clock
        self._kept: OrderedDict[_Question, _Kept] = OrderedDict()
        self._bytes = 0
        self._making: dict[_Question, asyncio.Task[bytes]] = {}

    def before(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, asked only for what is not kept; who may ask has been checked by then.

        One that is not `cached` stays as it is.
        """
        if not endpoint.cached:
            return endpoint
        make: Callable[[Asked], Awaitable[BaseModel]] = endpoint.handle  # type: ignore[assignment]

        async def handle(asked: Asked) -> BaseModel | web.StreamResponse:
            if asked.caller.role is Role.USER or not self._room_bytes():
                return await make(asked)
            days = asked.parameters.chosen(datetime.now(UTC))
            question = _Question(endpoint.path, asked.tenant, asked.caller.role, asked.parameters, days)
            body, making = self._find(question), self._making.get(question)
            self._count[CacheOutcome.HIT if body or making else CacheOutcome.MISS].inc()
            if body is None:
                if making is None:
                    making = asyncio.create_task(self._made(question, partial(make, asked)))
                    self._making[question] = making
                # One who leaves does not take the answer from the others.
                body = await asyncio.shield(making)
            return json_response(body)

        return endpoint._replace(handle=handle)

    async def _made(self, question: _Question, make: Callable[[], Awaitable[BaseModel]]) -> bytes:
        config, until_s = self._config(), self._clock() + ttl_s(question.days)
        try:
            body = json_of(await make())
        finally:
            del self._making[question]
        if config is self._config():
            self._keep(question, _Kept(body, until_s))
        return body

    def _room_bytes(self) -> int:
        """How much may be kept; what was kept under another configuration is dropped."""
        config = self._config()
        if config is not self._of:
            self._of, self._bytes = config, 0
            self._kept.clear()
        return config.api.cache_bytes

    def _find(self, question: _Question) -> bytes | None:
        kept = self._kept.get(question)
        return kept.body if kept is not None and self._clock() < kept.until_s else None

    def _keep(self, question: _Question, fresh: _Kept) -> None:
        """Keep an answer, the newest last; the oldest make room."""
        before = self._kept.pop(question, None)
        self._kept[question] = fresh
        self._bytes += fresh.bytes - (before.bytes if before is not None else 0)
        while self._bytes > self._room_bytes():
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.bytes


def ttl_s(days: Days) -> float:
    """Half a second for each day asked about, at most a minute."""
    return min(_LONGEST_S, len(days.all) * _S_PER_DAY)
