"""What is kept, for whom and for how long, by a clock of the test."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from exporter.api.answer import Answer
from exporter.api.answer_cache import AnswerCache, ttl_s
from exporter.api.caller import Caller, Role
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.period import Days, LastDays
from exporter.config import Config
from exporter.selfmetrics import SelfMetrics

ADMIN = Caller("7", Role.TENANT_ADMIN, "acme")


class Numbered(Answer):
    """How many were made before this one."""

    number: int


class Bench:
    """A cached endpoint that numbers its answers, with a clock and a configuration to change."""

    def __init__(self, **api: Any) -> None:
        self.made = 0
        self.now_s = 1_000.0
        self.configure(**api)
        self.registry = CollectorRegistry()
        metrics = SelfMetrics(self.registry, lambda: 0.0)
        self.cache = AnswerCache(lambda: self.config, metrics, lambda: self.now_s)
        self.endpoint = self.cached("/numbers")

    def configure(self, **api: Any) -> None:
        self.config = Config.model_validate({"api": api})

    def cached(self, path: str) -> Endpoint:
        return self.cache.before(
            Endpoint("GET", path, "Numbers.", Role.USER, self._make, Numbered, LastDays, cached=True)
        )

    async def _make(self, asked: Asked) -> Numbered:
        self.made += 1
        return Numbered(number=self.made)

    async def ask(
        self,
        caller: Caller = ADMIN,
        tenant: str | None = "acme",
        endpoint: Endpoint | None = None,
        days: int = 30,
    ) -> Any:
        asked = Asked(caller, tenant, LastDays(days=days))
        answer = await (endpoint or self.endpoint).handle(asked)
        return answer.body if isinstance(answer, web.Response) else answer

    def counted(self, outcome: str) -> float | None:
        return self.registry.get_sample_value("comms_api_cache_requests_total", {"outcome": outcome})


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_the_same_question_has_the_same_answer_until_its_time_is_over(bench: Bench) -> None:
    assert (bench.counted("hit"), bench.counted("miss")) == (0, 0)
    assert await bench.ask() == await bench.ask() == b'{"number":1}'
    assert (bench.counted("hit"), bench.counted("miss")) == (1, 1)
    bench.now_s += 14.9
    assert await bench.ask() == b'{"number":1}'
    bench.now_s += 0.1
    assert await bench.ask() == b'{"number":2}'


async def test_a_hit_does_not_lengthen_a_time(bench: Bench) -> None:
    for _ in range(3):
        await bench.ask()
        bench.now_s += 8
    assert bench.made == 2


@pytest.mark.parametrize(
    "other",
    [
        {"tenant": "globex"},
        {"tenant": None},
        {"caller": ADMIN._replace(role=Role.ADMIN)},
        {"days": 31},
    ],
    ids=str,
)
async def test_another_tenant_role_or_period_is_another_question(bench: Bench, other: dict[str, Any]) -> None:
    await bench.ask()
    assert await bench.ask(**other) == b'{"number":2}'


async def crowd(bench: Bench, endpoint: Endpoint | None = None) -> list[Any]:
    return await asyncio.gather(*[bench.ask(endpoint=endpoint) for _ in range(50)], return_exceptions=True)


async def test_a_crowd_that_asks_the_same_waits_for_one_answer(bench: Bench) -> None:
    assert await crowd(bench) == [b'{"number":1}'] * 50
    assert (bench.counted("hit"), bench.counted("miss")) == (49, 1)
    bench.now_s += 15
    assert await crowd(bench) == [b'{"number":2}'] * 50


async def test_a_crowd_hears_of_the_same_failure_and_the_next_one_asks_anew(bench: Bench) -> None:
    async def refuse(asked: Asked) -> Numbered:
        await asyncio.sleep(0)
        bench.made += 1
        raise LookupError

    endpoint = bench.cache.before(bench.endpoint._replace(path="/refusals", handle=refuse))
    assert {type(error) for error in await crowd(bench, endpoint)} == {LookupError}
    assert bench.made == 1
    await crowd(bench, endpoint)
    assert bench.made == 2


async def test_one_who_leaves_does_not_take_the_answer_from_the_others(bench: Bench) -> None:
    first, second = (asyncio.create_task(bench.ask()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == b'{"number":1}'
    assert first.cancelled()


async def test_two_endpoints_do_not_share_an_answer(bench: Bench) -> None:
    await bench.ask()
    assert await bench.ask(endpoint=bench.cached("/others")) == b'{"number":2}'


async def test_what_a_user_asks_is_never_kept_nor_counted(bench: Bench) -> None:
    user = ADMIN._replace(role=Role.USER)
    assert [(await bench.ask(user)).number for _ in range(3)] == [1, 2, 3]
    assert (bench.counted("hit"), bench.counted("miss")) == (0, 0)


async def test_a_new_configuration_drops_what_was_kept(bench: Bench) -> None:
    await bench.ask()
    bench.configure(tenant_names={"acme": "Acme"})
    assert await bench.ask() == b'{"number":2}'


@pytest.mark.parametrize("cache_bytes", [100, 16_777_216])
async def test_an_answer_made_under_an_old_configuration_is_given_and_not_kept(
    bench: Bench, cache_bytes: int
) -> None:
    async def make(asked: Asked) -> Numbered:
        bench.made += 1
        if bench.made == 1:
            bench.configure(cache_bytes=cache_bytes)
        return Numbered(number=bench.made)

    endpoint = bench.cache.before(bench.endpoint._replace(path="/reloads", handle=make))
    assert await bench.ask(endpoint=endpoint) == b'{"number":1}'
    assert await bench.ask(endpoint=endpoint) == b'{"number":2}'


async def test_without_room_every_answer_is_made() -> None:
    bench = Bench(cache_bytes=0)
    await bench.ask()
    await bench.ask()
    assert (bench.made, bench.counted("miss")) == (2, 0)


async def test_the_oldest_answers_make_room() -> None:
    bench = Bench(cache_bytes=10_000)
    for days in range(1, 7):
        await bench.ask(days=days)
    assert await bench.ask(days=6) == b'{"number":6}'
    assert await bench.ask(days=1) == b'{"number":7}'


async def test_an_answer_made_again_takes_the_place_of_the_old_one() -> None:
    bench = Bench(cache_bytes=10_000)
    await bench.ask(days=365)
    for _ in range(20):
        await bench.ask()
        bench.now_s += 15
    assert await bench.ask(days=365) == b'{"number":22}'
    assert bench.made == 22


async def test_an_answer_larger_than_the_room_is_given_and_not_kept() -> None:
    bench = Bench(cache_bytes=100)
    assert [await bench.ask(), await bench.ask()] == [b'{"number":1}', b'{"number":2}']


async def test_a_refusal_is_not_kept(bench: Bench) -> None:
    async def refuse(asked: Asked) -> Numbered:
        raise LookupError

    endpoint = bench.cache.before(bench.endpoint._replace(path="/refusals", handle=refuse))
    for _ in range(2):
        with pytest.raises(LookupError):
            await bench.ask(endpoint=endpoint)
    assert bench.counted("hit") == 0


def days(number: int) -> Days:
    last = date(2026, 11, 21)
    return Days(date.fromordinal(last.toordinal() - number + 1), last, ZoneInfo("UTC"))


def test_the_longer_the_time_asked_about_the_longer_an_answer_is_kept() -> None:
    assert [ttl_s(days(number)) for number in (1, 7, 30, 90, 366)] == [0.5, 3.5, 15, 45, 60]
