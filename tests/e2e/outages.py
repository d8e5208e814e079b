"""What goes wrong in the exporter itself, in its ledger, and on the way of a page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count

import asyncpg

from exporter.ledger.connection import Connection
from exporter.ledger.statement import statement
from tests.e2e.fault_tales import TAKEN_OR_LATER
from tests.e2e.meanwhile import meanwhile
from tests.e2e.scene import Scene
from tests.e2e.waiting import until
from tests.integration.fake_carriers import DOWN
from tests.integration.freezing import frozen
from tests.integration.paging import AUTHORIZATION, group

_MADE_OLDER = "UPDATE pages SET opened_at = opened_at - interval '10 minutes' WHERE acked_at IS NULL"
_CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}'"
_LEADER, _POOL = "comms-exporter leader", "comms-exporter"
_BATCH_EVENTS = 300
_PAUSE_S = 0.2


@asynccontextmanager
async def page_unanswered(scene: Scene) -> AsyncIterator[None]:
    """Twilio takes a page and never tells that it arrived; five minutes of that are a number, which does not shrink."""
    assert await _page(scene, "silent") == 200
    await scene.in_ledger(_MADE_OLDER)
    yield


@asynccontextmanager
async def twilio_down(scene: Scene) -> AsyncIterator[None]:
    scene.carriers.trouble = DOWN
    try:
        async with meanwhile(_page_again_and_again(scene)):
            yield
    finally:
        scene.carriers.trouble = None


async def _page_again_and_again(scene: Scene) -> None:
    """As Alertmanager does that gets no answer but 5xx."""
    for number in count():
        assert await _page(scene, f"down-{number}") == 503
        await asyncio.sleep(_PAUSE_S)


async def _page(scene: Scene, tenant: str) -> int:
    return await scene.traffic.post("/alerts", json.dumps(group(tenant)).encode(), AUTHORIZATION)


@asynccontextmanager
async def receivers_refuse(scene: Scene) -> AsyncIterator[None]:
    """All but the one outside, which hears of it."""
    scene.watch.pages.refused = ("/alerts", "/ticket", "/watchdog")
    try:
        yield
    finally:
        scene.watch.pages.refused = ()


@asynccontextmanager
async def lock_taken(scene: Scene) -> AsyncIterator[None]:
    """The leader's connection is cut, and a session that does nothing has the lock before it is back."""
    other = await asyncpg.connect(scene.exporter.dsn)
    try:
        await scene.in_ledger(_CUT_OFF.format(_LEADER))
        await until(lambda: other.fetchval(statement("try_lead")), "another session has the leader's lock")
        yield
    finally:
        await other.close()


@asynccontextmanager
async def connections_used_up(scene: Scene) -> AsyncIterator[None]:
    """Others have every connection but those that store, and numbers that nobody stored leave gaps to be read."""
    async with AsyncExitStack() as stack:
        taken = [await _connected(scene, stack) for _ in range(2)]
        async with (
            meanwhile(_take_connections(scene, stack, taken[0])),
            meanwhile(_store_much(scene, taken[1])),
        ):
            yield


async def _connected(scene: Scene, stack: AsyncExitStack) -> Connection:
    connection = await asyncpg.connect(scene.exporter.dsn)
    stack.push_async_callback(connection.close)
    return connection


async def _take_connections(scene: Scene, stack: AsyncExitStack, first: Connection) -> None:
    while True:
        await first.execute(_CUT_OFF.format(_POOL))
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                await _connected(scene, stack)
        await asyncio.sleep(_PAUSE_S)


async def _store_much(scene: Scene, second: Connection) -> None:
    for batch in count():
        # As a transaction does that is rolled back.
        await second.execute("SELECT nextval('event_seq')")
        credits = ({"kind": "credit", "user": f"{batch}-{one}", "balance": 1} for one in range(_BATCH_EVENTS))
        assert await scene.traffic.events(*credits) in TAKEN_OR_LATER
        await asyncio.sleep(_PAUSE_S)


@asynccontextmanager
async def ledger_frozen(scene: Scene) -> AsyncIterator[None]:
    with frozen(scene.exporter.postmaster_pid):
        async with meanwhile(_tell_in_vain(scene)):
            yield


async def _tell_in_vain(scene: Scene) -> None:
    while True:
        await scene.traffic.examples()
        await asyncio.sleep(_PAUSE_S)


@asynccontextmanager
async def exporter_killed(scene: Scene) -> AsyncIterator[None]:
    scene.exporter.kill()
    yield


@asynccontextmanager
async def exporter_forgotten(scene: Scene) -> AsyncIterator[None]:
    await scene.watch.forget_the_exporter()
    yield
