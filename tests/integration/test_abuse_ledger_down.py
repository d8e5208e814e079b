"""Our own trouble: senders hear 503 soon, /metrics answers all the same, and it passes without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.conftest import Server
from tests.faults.exporter_process import ExporterProcess
from tests.integration.freezing import frozen, postmaster_pid
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until
from tests.unit.sources.sent import whatsapp_request

GOOD = {"kind": "message", "channel": "sms", "provider": "twilio", "direction": "outbound", "status": "sent"}
BAD = whatsapp_request(b"not json")
LIMIT_S = 1.5
SOON_S = 4.0


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path, ledger={"append_timeout_s": LIMIT_S}) as running:
        yield running


async def refused(one: RunningApp, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, float]:
    """The status, what Retry-After says, and the seconds that it took."""
    began = monotonic()
    async with one.session.post(one.url + path, data=body, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After", ""), monotonic() - began


async def is_counted(one: RunningApp) -> bool:
    return (await one.events({**GOOD, "event_id": "after"}))[0] == 200 and await one.messages_sent() == 2


async def test_a_frozen_ledger_is_a_503_in_time_and_passes(one: RunningApp) -> None:
    """The limit is the longest that a provider may be kept waiting, so here time is what is tested."""
    await one.events({**GOOD, "event_id": "before"})
    await until(lambda: _shows(one, 1))
    body = b'{"kind":"credit","balance":1}'
    token = {"Authorization": "Bearer canary-event-token"}
    with frozen(await postmaster_pid(one.dsn)):
        answers = await asyncio.gather(
            *(refused(one, "/events", body, token) for _ in range(20)),
            *(refused(one, "/webhooks/whatsapp", BAD.body, dict(BAD.headers)) for _ in range(8)),
        )
        assert {answer[:2] for answer in answers} == {(503, "1")}
        assert max(seconds for *_, seconds in answers) < SOON_S
        async with asyncio.timeout(60):
            assert await one.sample("comms_ledger_up") == 0
            assert await one.messages_sent() == 1
        assert (await one.get("/-/ready"))[0] == 503
        assert (await one.get("/-/healthy"))[0] == 200
    await until(lambda: is_counted(one))
    assert await one.sample("comms_ledger_up") == 1


async def test_a_body_that_cannot_be_parked_is_a_503_in_time(one: RunningApp) -> None:
    """What is refused is kept too, by another road than what is counted."""
    with frozen(await postmaster_pid(one.dsn)):
        status, retry_after, seconds = await refused(one, "/webhooks/whatsapp", BAD.body, dict(BAD.headers))
        assert (status, retry_after) == (503, "1")
        assert seconds < SOON_S
    await until(lambda: _is_parked(one))


async def _shows(one: RunningApp, number: int) -> bool:
    return await one.messages_sent() == number


async def _is_parked(one: RunningApp) -> bool:
    return (await refused(one, "/webhooks/whatsapp", BAD.body, dict(BAD.headers)))[0] == 400


async def test_a_database_that_is_taken_away_and_comes_back_is_found_again(
    one: RunningApp, server: Server
) -> None:
    await one.events({**GOOD, "event_id": "before"})
    name = urlsplit(one.dsn).path.strip("/")
    connection = await asyncpg.connect(server.dsn("postgres"))
    await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
    )

    async def is_down() -> bool:
        return await one.sample("comms_ledger_up") == 0

    await until(is_down)
    assert (await one.events(GOOD))[0] == 503
    await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    await connection.close()
    await until(one.ready)
    await until(lambda: is_counted(one))


async def test_an_exporter_that_never_saw_its_ledger_publishes_no_business_number(
    dsn: str, tmp_path: Path
) -> None:
    away = dsn.replace("?host=", "_that_is_not_there?host=")
    async with running_app(away, tmp_path, wait=False) as one:
        page = await one.page()
        assert "comms_messages_total{" not in page
        assert "comms_ledger_up 0.0" in page
        assert (await one.get("/-/ready"))[0] == 503
        assert (await one.events(GOOD))[0] == 503


async def test_a_wrong_password_starts_degraded_and_is_never_written_down(
    dsn: str, server: Server, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(server.dsn("postgres"))
    await connection.execute("DROP ROLE IF EXISTS guarded")
    await connection.execute("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'right-canary-password'")
    rules = Path(await connection.fetchval("SHOW hba_file"))
    before = rules.read_text()
    rules.write_text(f"local all guarded scram-sha-256\n{before}")
    await connection.execute("SELECT pg_reload_conf()")
    wrong = dsn.replace("postgres@", "guarded:wrong-canary-password@")
    exporter = ExporterProcess(tmp_path, {"DATABASE_URL": wrong})
    try:
        exporter.start()
        await exporter.until_answered("/-/ready", 503)
        await until(lambda: _has_logged(exporter, "password authentication failed"))
        assert "canary-password" not in exporter.log
        await connection.execute("ALTER ROLE guarded PASSWORD 'wrong-canary-password'")
        await exporter.until_ready()
    finally:
        exporter.clear_away()
        rules.write_text(before)
        await connection.close()


async def _has_logged(exporter: ExporterProcess, words: str) -> bool:
    return words in exporter.log


async def test_a_day_without_its_partition_loses_neither_event_nor_balance(one: RunningApp) -> None:
    """As after a night in which the machine slept."""
    for (name,) in await one.rows(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass"
    ):
        await one.rows(f"DROP TABLE IF EXISTS {name}")
    credit = {"kind": "credit", "user": "42", "balance": "500"}
    status, report = await one.events({**GOOD, "event_id": "1"}, credit, {**GOOD, "event_id": "2"})
    assert (status, report["accepted"]) == (200, 3)
    assert await one.rows("SELECT balance::int FROM credit_balances") == [(500,)]
    await until(lambda: _shows(one, 2))
