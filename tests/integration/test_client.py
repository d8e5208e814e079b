"""The client against a real exporter: exact numbers at the end, whoever is killed in between."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from exporter.client import AsyncClient
from tests.faults.exporter_process import ExporterProcess
from tests.integration.running_app import EVENT_TOKEN, RunningApp, running_app
from tests.unit.client import programs

SENT = datetime(2026, 11, 20, 10, tzinfo=UTC)
DELIVERED = SENT + timedelta(seconds=2)
TOKEN = {"Authorization": f"Bearer {EVENT_TOKEN}"}


def sample_lines(page: str, name: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith(name + "{") and not line.endswith(" 0")]


async def test_from_sent_to_outcome_every_number_is_exact(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path) as one, AsyncClient(one.url, EVENT_TOKEN) as client:
        sms = await client.track_message_sent(123, "sms", "low_balance", 0.05, sent_at=SENT)
        mail = await client.track_message_sent(123, "email", "weekly_checkin", 0.001, sent_at=SENT)
        await client.track_message_sent(124, "sms", "low_balance", 0.05, sent_at=SENT)
        for message_id in (sms, mail):
            await client.track_message_delivered(message_id, DELIVERED)
        for _ in range(2):
            await client.track_message_opened(mail)
            await client.track_user_action(mail, "viewed_forecast")
        await client.track_financial_outcome(123, "bill_paid_on_time", 25.00)
        await client.track_financial_outcome(123, "bill_paid_on_time", -3.5)
        assert await client.flush()
        assert (client.client.pending, client.client.dropped, client.client.refused) == (0, 0, 0)

        page = await one.page()
        route = 'tenant="default",channel="%s",provider="app"'
        cost = f'comms_cost_usd_total{{{route},component="message",basis="estimated"}}'
        assert cost % "sms" + " 0.1\n" in page
        assert cost % "email" + " 0.001\n" in page
        assert f"comms_message_delivery_seconds_sum{{{route % 'sms'}}} 2.0\n" in page
        outcome = 'comms_outcome_usd_total{tenant="default",action="bill_paid_on_time",direction="%s"}'
        assert outcome % "gain" + " 25.0\n" in page
        assert outcome % "loss" + " 3.5\n" in page
        engaged = {"tenant": "default", "channel": "email", "actor": "human"}
        assert await one.sample("comms_engagements_total", **engaged, action="open") == 2
        assert await one.sample("comms_messages_engaged_total", **engaged, action="open") == 1
        assert await one.sample("comms_engagements_total", **engaged, action="viewed_forecast") == 1

        stats = await client.get_communication_stats()
        assert stats == {
            "total": 3,
            "delivered": 2,
            "opened": 1,
            "delivery_rate_percent": 66.7,
            "open_rate_percent": 33.3,
            "cost_usd": Decimal("0.101"),
        }
        of_one = await client.get_communication_stats(user_id=123, message_type="low_balance", channel="sms")
        assert of_one is not None
        assert (of_one["total"], of_one["cost_usd"]) == (1, Decimal("0.05"))
        history = await client.get_user_communication_history(user_id=123)
        assert history is not None
        assert {row.message_id for row in history} == {sms, mail}
        assert {(row.sent_at, row.delivered_at) for row in history} == {(SENT, DELIVERED)}


async def post_json(one: RunningApp, path: str, body: str) -> int:
    return (await one.post(path, body, TOKEN))[0]


async def test_the_two_webhooks_of_the_guide_count_what_the_client_would(dsn: str, tmp_path: Path) -> None:
    sources = {"track": {"token": EVENT_TOKEN, "actions": ["viewed_forecast"]}}
    async with (
        running_app(dsn, tmp_path, sources=sources) as one,
        AsyncClient(one.url, EVENT_TOKEN) as client,
    ):
        message_id = await client.track_message_sent(123, "email")
        await client.track_user_action(message_id, "viewed_forecast")
        await client.track_user_action(message_id, "spilled_coffee")
        await client.flush()
        opening = json.dumps({"message_id": message_id})
        action = json.dumps(
            {
                "message_id": message_id,
                "user_id": 123,
                "action_type": "viewed_forecast",
                "financial_impact": 25,
            }
        )
        for _ in range(2):
            assert await post_json(one, "/webhook/email-opened", opening) == 200
            assert await post_json(one, "/user-action", action) == 200
        assert (await one.post("/user-action", action))[0] == 401
        assert await post_json(one, "/user-action", '{"user_id": 123}') == 400
        page = await one.page()
        counted = {line.split('action="')[1] for line in sample_lines(page, "comms_engagements_total")}
        assert counted == {f'{name}",actor="human"}} 1' for name in ("open", "viewed_forecast", "other")}
        gained = 'comms_outcome_usd_total{tenant="default",action="viewed_forecast",direction="gain"} 25.0\n'
        assert gained in page
        assert await one.sample("comms_events_received_total", source="track", outcome="duplicate") == 4


async def sent_messages(exporter: ExporterProcess) -> tuple[int, int]:
    """How many messages the ledger has, and how many events."""
    connection = await asyncpg.connect(exporter.dsn)
    try:
        return await connection.fetchval("SELECT count(*) FROM messages"), await connection.fetchval(
            "SELECT count(*) FROM events"
        )
    finally:
        await connection.close()


async def track(client: AsyncClient, number: int) -> int:
    """Track over about half a second; every event must be taken."""
    for at in range(number):
        assert await client.track_message_sent(at, "sms", "alert", "0.05")
        if at % 10 == 0:
            await asyncio.sleep(0.02)
    return number


@pytest.mark.parametrize("is_spooled", [False, True], ids=["memory", "disk"])
async def test_an_exporter_that_is_killed_again_and_again_gets_every_event_once(
    tmp_path: Path, is_spooled: bool
) -> None:
    exporter = ExporterProcess(tmp_path)
    spool_dir = tmp_path / "spool" if is_spooled else None
    tracked = 0
    try:
        async with AsyncClient(exporter.url, None, spool_dir) as client:
            for _ in range(3):
                exporter.start()
                tracked += await track(client, 300)
                await exporter.until_ready()
                tracked += await track(client, 300)
                exporter.kill()
            exporter.start()
            await exporter.until_ready()
            assert await client.flush(30)
            assert (client.client.dropped, client.client.refused) == (0, 0)
        assert await sent_messages(exporter) == (tracked, tracked)
    finally:
        exporter.clear_away()


@asynccontextmanager
async def losing_answers(upstream_port: int, times: int) -> AsyncIterator[int]:
    """A port in front of the exporter that swallows its first answers and hangs up."""
    left = times
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        serving.add(asyncio.current_task())
        from_exporter, to_exporter = await asyncio.open_connection("127.0.0.1", upstream_port)
        requests = asyncio.create_task(forward(reader, to_exporter))
        while answer := await from_exporter.read(65_536):
            if left:
                left -= 1
                break
            writer.write(answer)
        writer.close()
        await requests

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*filter(None, serving))


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
    writer.close()


async def test_events_whose_answer_was_lost_are_sent_again_and_counted_once(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path) as one, losing_answers(one.app.port, times=3) as port:
        async with AsyncClient(f"http://127.0.0.1:{port}", EVENT_TOKEN) as client:
            message_id = await client.track_message_sent(1, "sms", "alert", "0.05")
            await client.track_message_delivered(message_id)
            await client.track_message_opened(message_id)
            await client.track_user_action(message_id, "viewed_forecast")
            await client.track_financial_outcome(1, "viewed_forecast", 25)
            assert await client.flush(20)
        assert await one.rows("SELECT kind, count(*) FROM events GROUP BY 1 ORDER BY 1") == [
            ("engagement", 2),
            ("message", 2),
            ("outcome", 1),
        ]
        assert (await one.sample("comms_events_received_total", source="track", outcome="duplicate") or 0) > 0


TRACK_AND_DIE = """
import os, time
from exporter.client import default_client, track_message_sent
for at in range(100):
    track_message_sent(at, "sms")
while default_client()._outbox._in_memory:
    time.sleep(0.005)
os.kill(os.getpid(), 9)
"""
SEND_THE_REST = "from exporter.client import flush; print(flush(30))"


async def run(program: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(programs.run, program, timeout_s=60, **environ)


async def test_a_client_that_is_killed_leaves_what_was_on_disk_to_the_next_process(tmp_path: Path) -> None:
    exporter = ExporterProcess(tmp_path)
    environ = {"COMMS_URL": exporter.url, "COMMS_SPOOL_DIR": str(tmp_path / "spool")}
    died = await run(TRACK_AND_DIE, environ)
    assert died.returncode == -signal.SIGKILL
    try:
        exporter.start()
        await exporter.until_ready()
        assert (await run(SEND_THE_REST, environ)).stdout == "True\n"
        assert await sent_messages(exporter) == (100, 100)
        assert list((tmp_path / "spool").iterdir()) == []
    finally:
        exporter.clear_away()
