"""Two hundred reports at once: no webhook waits for them, and none of them waits for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import asyncpg

from tests.integration.api.asking import TENANT_ADMIN, Api, Told, token
from tests.integration.waiting import until

REPORTS = 200
READERS = 4
SUMMARY = "/api/v1/analytics/summary?days="
CALL = {"kind": "llm", "tenant": "acme", "provider": "openai", "model": "m", "cost_usd": "1"}


@asynccontextmanager
async def sums_locked(dsn: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Nobody reads the sums until the block ends, or what it is given is called."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("BEGIN; LOCK TABLE rollup_day IN ACCESS EXCLUSIVE MODE")
        yield partial(connection.execute, "ROLLBACK")
    finally:
        await connection.close()


@asynccontextmanager
async def asked_at_once(api: Api, *paths: str) -> AsyncIterator[list[asyncio.Task[Told]]]:
    """Each report over a connection of its own."""
    headers = {"Authorization": f"Bearer {token(TENANT_ADMIN)}"}
    unbounded = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=unbounded, timeout=aiohttp.ClientTimeout(60)) as session:

        async def ask(path: str) -> Told:
            async with session.get(api.one.url + path, headers=headers) as answer:
                return Told(answer.status, dict(answer.headers), await answer.read())

        yield [asyncio.create_task(ask(path)) for path in paths]


async def waiting_for_the_lock(api: Api) -> int:
    ((number,),) = await api.one.rows(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND application_name LIKE '%api' AND datname = current_database()"
    )
    return int(number)


async def webhooks_pass(api: Api) -> None:
    """Events are acknowledged and counted, and the page of metrics comes."""
    before = await api.one.sample("comms_events_received_total", source="track", outcome="accepted") or 0
    for _ in range(20):
        assert (await api.one.events(CALL))[0] == 200
    after = await api.one.sample("comms_events_received_total", source="track", outcome="accepted")
    assert after == before + 20


async def test_webhooks_pass_while_every_connection_for_reading_is_taken(api: Api, dsn: str) -> None:
    paths = [f"{SUMMARY}{days}" for days in range(1, REPORTS + 1)]
    async with sums_locked(dsn), asked_at_once(api, *paths) as reports:

        async def all_taken() -> bool:
            return await waiting_for_the_lock(api) == READERS

        await until(all_taken)
        await webhooks_pass(api)
        assert not any(report.done() for report in reports)
        answers = await asyncio.gather(*reports)
    assert {(answer.status, answer.headers.get("Retry-After")) for answer in answers} == {(503, "1")}
    await api.roll_up()
    assert (await api.get(f"{SUMMARY}30", TENANT_ADMIN))["usage"]["total_requests"] == 20


async def test_reports_that_had_to_wait_are_answered_once_there_is_room(api: Api, dsn: str) -> None:
    paths = [f"{SUMMARY}{days}" for days in range(1, 5 * READERS + 1)]
    async with sums_locked(dsn) as unlock, asked_at_once(api, *paths) as reports:

        async def all_taken() -> bool:
            return await waiting_for_the_lock(api) == READERS

        await until(all_taken)
        await unlock()
        answers = await asyncio.gather(*reports)
    assert {answer.status for answer in answers} == {200}


async def test_the_same_report_for_everybody_is_made_once(api: Api, dsn: str) -> None:
    paths = [f"{SUMMARY}30"] * REPORTS
    async with sums_locked(dsn) as unlock, asked_at_once(api, *paths) as reports:
        await until(partial(waiting_for_the_lock, api))
        await unlock()
        answers = await asyncio.gather(*reports)
    assert {answer.status for answer in answers} == {200}
    assert await api.one.sample("comms_api_cache_requests_total", outcome="miss") == 1
    assert await api.one.sample("comms_api_cache_requests_total", outcome="hit") == REPORTS - 1


async def test_two_exports_are_made_and_the_others_asked_to_come_back(api: Api, dsn: str) -> None:
    paths = ["/api/v1/exports/costs/csv"] * REPORTS
    async with sums_locked(dsn) as unlock, asked_at_once(api, *paths) as reports:

        async def refused() -> bool:
            return sum(report.done() for report in reports) == REPORTS - 2

        await until(refused)
        await webhooks_pass(api)
        await unlock()
        answers = await asyncio.gather(*reports)
    found = Counter((answer.status, answer.headers.get("Retry-After")) for answer in answers)
    assert found == {(429, "1"): REPORTS - 2, (200, None): 2}
