"""Savings hints from a real ledger, and the command that prints them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
import pytest

from exporter.app import App
from exporter.config import ConfigFile
from exporter.event import Llm, Submission, Usage
from exporter.ledger.waste import (
    AvoidableSegments,
    FailedRetries,
    ShortAnswers,
    TemplateCategory,
    Waste,
    read_waste,
)
from exporter.vocabulary import Channel
from tests.conftest import NOON, RunningLedger, step
from tests.integration.running_app import RunningApp
from tests.integration.waiting import until

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
NOBODY = "+447700900123"


def sms(message_id: str, status: str = "sent", minute: int = 0, **fields: object) -> Submission:
    values: dict[str, object] = {"peer": NOBODY, "cost_usd": Decimal("0.01")} if status == "sent" else {}
    return step(message_id, status, at=NOON + timedelta(minutes=minute), **{**values, **fields})


def whatsapp(
    message_id: str, category: str, cost_usd: str, template: str = "promo", country: str = "DE"
) -> Submission:
    values: dict[str, Any] = {"channel": Channel.WHATSAPP, "provider": "whatsapp", "template": template}
    return step(
        message_id, "delivered", category=category, cost_usd=Decimal(cost_usd), country=country, **values
    )


def llm(model: str = "gpt-4o", tokens: tuple[int, int, int] = (900, 300, 50), **fields: Any) -> Submission:
    usage = Usage(input_tokens=tokens[0], cached_input_tokens=tokens[1], output_tokens=tokens[2])
    return Submission("app", Llm(at=NOON, provider="openai", model=model, usage=usage, **fields), b"raw")


async def put(dsn: str, *events: dict[str, Any]) -> None:
    """Events as the pricer stores them, with what they cost."""
    connection = await asyncpg.connect(dsn)
    for number, event in enumerate(events, start=1_000):
        data = msgspec.json.encode({"kind": "message", "at": NOON, **event})
        await connection.execute(
            "INSERT INTO events (seq, tenant, source, kind, at, received_at, message_id, late, data, raw)"
            " VALUES ($1, 'acme', 'twilio', 'message', $2, now(), $3, false, $4, '')",
            number,
            NOON,
            event.get("message_id"),
            data,
        )
    await connection.close()


def costly(message_id: str | None, avoidable: int = 1, segments: int = 2, **fields: object) -> dict[str, Any]:
    parts = [
        {"component": "message", "amount_usd": "0.0166"},
        {"component": "carrier_fee", "amount_usd": "0.0050"},
    ]
    told = {"message_id": message_id} if message_id else {}
    return {**told, "segments": segments, "avoidable_segments": avoidable, "costs": parts, **fields}


async def wasted(replica: RunningLedger, dsn: str, *submissions: Submission) -> Waste:
    async with replica() as one:
        await one.ledger.append(list(submissions))
    return await read_waste(dsn, SINCE)


async def test_a_ledger_without_events_wastes_nothing(dsn: str) -> None:
    assert await read_waste(dsn, SINCE) == Waste([], [], [], [], [])


async def test_avoidable_segments_cost_their_share_of_the_message_by_template(dsn: str) -> None:
    await put(
        dsn,
        costly("SM1", template="welcome"),
        costly("SM2", template="welcome", avoidable=3, segments=4),
        costly(None, costs=[], cost_usd="0.02"),
    )
    rows = sorted((await read_waste(dsn, SINCE)).avoidable_segments, key=lambda row: row.template or "")
    assert rows == [
        AvoidableSegments("acme", None, 1, 1, Decimal("0.01")),
        AvoidableSegments("acme", "welcome", 2, 4, Decimal("0.0083") + Decimal("0.01245")),
    ]


async def test_a_message_counts_once_however_many_steps_say_what_it_cost(dsn: str) -> None:
    await put(dsn, costly("SM1"), costly("SM1"), costly("SM1"))
    (row,) = (await read_waste(dsn, SINCE)).avoidable_segments
    assert (row.messages, row.avoidable_usd) == (1, Decimal("0.0083"))


@pytest.mark.parametrize(
    "event",
    [
        costly("SM1", avoidable=0),
        costly("SM1", segments=0),
        costly("SM1", costs=[]),
        {"message_id": "SM1", "segments": 2, "avoidable_segments": 1},
        costly("SM1", template="nul\0"),
    ],
)
async def test_what_avoids_nothing_or_cost_nothing_is_left_out(dsn: str, event: dict[str, Any]) -> None:
    await put(dsn, event)
    assert (await read_waste(dsn, SINCE)).avoidable_segments == []


async def test_what_failed_after_three_failures_is_a_waste(replica: RunningLedger, dsn: str) -> None:
    steps = [sms(f"SM{number}", status, number) for number in range(5) for status in ("sent", "undelivered")]
    waste = await wasted(replica, dsn, *steps)
    assert waste.failed_retries == [FailedRetries("default", "sms", 1, 2, Decimal("0.02"))]


async def test_three_failures_are_patience(replica: RunningLedger, dsn: str) -> None:
    steps = [sms(f"SM{number}", status, number) for number in range(3) for status in ("sent", "failed")]
    assert (await wasted(replica, dsn, *steps)).failed_retries == []


async def test_a_customer_whom_one_message_reached_is_no_waste(replica: RunningLedger, dsn: str) -> None:
    steps = [sms(f"SM{number}", status, number) for number in range(5) for status in ("sent", "failed")]
    steps += [sms("SM9", "sent", 9), sms("SM9", "delivered", 10)]
    assert (await wasted(replica, dsn, *steps)).failed_retries == []


async def test_messages_of_unknown_fate_are_neither(replica: RunningLedger, dsn: str) -> None:
    steps = [sms(f"SM{number}", "sent", number) for number in range(9)]
    assert (await wasted(replica, dsn, *steps)).failed_retries == []


async def test_customers_do_not_share_their_failures(replica: RunningLedger, dsn: str) -> None:
    steps = [
        sms(f"SM{number}", status, number, **({"peer": f"{NOBODY}{number}"} if status == "sent" else {}))
        for number in range(5)
        for status in ("sent", "failed")
    ]
    assert (await wasted(replica, dsn, *steps)).failed_retries == []


async def test_templates_are_summed_by_country_and_category(replica: RunningLedger, dsn: str) -> None:
    waste = await wasted(
        replica,
        dsn,
        whatsapp("W1", "marketing", "0.11"),
        whatsapp("W2", "MARKETING", "0.11"),
        whatsapp("W3", "utility", "0.05"),
        whatsapp("W4", "utility", "0"),
        whatsapp("W5", "authentication", "0.05"),
    )
    assert sorted(waste.template_categories) == [
        TemplateCategory("default", "promo", "DE", "marketing", 2, Decimal("0.22")),
        TemplateCategory("default", "promo", "DE", "utility", 1, Decimal("0.05")),
    ]


async def test_short_calls_are_summed_by_model(replica: RunningLedger, dsn: str) -> None:
    waste = await wasted(
        replica,
        dsn,
        llm(),
        llm(tokens=(4_000, 0, 200)),
        llm(tokens=(4_001, 0, 200)),
        llm(tokens=(10, 0, 201)),
        llm(tokens=(10, 0, 0)),
        llm(operation="embeddings"),
        llm("gpt-4o-mini"),
        llm("nul\0"),
    )
    assert sorted(waste.short_answers) == [
        ShortAnswers("default", "openai", "gpt-4o", 2, 4_900, 300, 250),
        ShortAnswers("default", "openai", "gpt-4o-mini", 1, 900, 300, 50),
    ]


async def test_what_is_older_than_the_window_is_left_out(replica: RunningLedger, dsn: str) -> None:
    steps = [sms(f"SM{number}", status, number) for number in range(5) for status in ("sent", "undelivered")]
    async with replica() as one:
        await one.ledger.append([*steps, llm(), whatsapp("W1", "marketing", "0.11")])
    assert await read_waste(dsn, datetime.now(UTC) + timedelta(days=1)) == Waste([], [], [], [], [])


async def _savings(**variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **variables}
    command = [sys.executable, "-m", "exporter", "savings"]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=environ, timeout=60, check=False
    )


async def test_the_command_prints_the_most_money_first_and_no_phone_number(
    replica: RunningLedger, dsn: str
) -> None:
    now = datetime.now(UTC)
    calls = [*(llm(tokens=(4_000, 0, 200)) for _ in range(9)), llm("gpt-4o-mini")]
    steps = [
        step(
            f"SM{number}", status, at=now, peer=NOBODY, cost_usd=Decimal("0.5") if status == "sent" else None
        )
        for number in range(5)
        for status in ("sent", "undelivered")
    ]
    async with replica() as one:
        await one.ledger.append([*steps, *calls])
    ran = await _savings(DATABASE_URL=dsn)
    first, second = ran.stdout.splitlines()
    assert ran.returncode == 0
    assert first.split(maxsplit=4)[:4] == ["1.00", "USD", "default", "failed_retries"]
    assert second.split(maxsplit=4)[:4] == ["0.10", "USD", "default", "short_answers"]
    assert "7700900" not in ran.stdout + ran.stderr


async def test_the_command_says_when_there_is_nothing(dsn: str) -> None:
    ran = await _savings(DATABASE_URL=dsn)
    assert (ran.returncode, ran.stdout) == (0, "nothing to save in the last 30 days\n")


@pytest.mark.parametrize("folder", ["none", "n" * 120])
async def test_the_command_says_that_it_needs_the_ledger(tmp_path: Path, folder: str) -> None:
    ran = await _savings(COMMS_DATA_DIR=str(tmp_path / folder))
    assert ran.returncode == 1
    assert ran.stderr.startswith("no answer from the ledger; is the exporter running? ")


async def test_the_command_finds_the_embedded_ledger_of_a_running_exporter(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("listen: 127.0.0.1:0\n")
    app = App(ConfigFile(config, {"COMMS_DATA_DIR": str(tmp_path / "data")}, datetime.now(UTC)))
    async with app.running(), aiohttp.ClientSession() as session:
        await until(RunningApp(app, session, config, "").ready)
        ran = await _savings(COMMS_DATA_DIR=str(tmp_path / "data"))
    assert (ran.returncode, ran.stdout) == (0, "nothing to save in the last 30 days\n")
