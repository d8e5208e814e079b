"""Bodies that are too large, too slow, packed too tightly or full of poison: a 4xx each, and the rest goes on."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.integration.running_app import EVENT_TOKEN, RunningApp, running_app
from tests.unit.sources.sent import whatsapp_request

MIB = 1024 * 1024
LIMITS = {"body_bytes": 64 * 1024, "batch_bytes": MIB, "body_seconds": "300ms"}
TOKEN = {"Authorization": f"Bearer {EVENT_TOKEN}"}
GOOD = {"kind": "outcome", "action": "bill_paid_on_time", "amount_usd": "1"}


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path, limits=LIMITS) as running:
        yield running


async def test_what_says_it_is_too_large_is_refused_before_it_is_sent(one: RunningApp) -> None:
    head = b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n"
    assert (await _answer(one, head)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("path", "limit"), [("/webhooks/twilio", "body_bytes"), ("/events", "batch_bytes")])
async def test_a_chunked_body_without_end_is_cut_at_the_limit(one: RunningApp, path: str, limit: str) -> None:
    sent_bytes = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent_bytes
        while True:
            sent_bytes += 16 * 1024
            yield b"x" * 16 * 1024

    try:
        async with one.session.post(one.url + path, data=endless(), headers=TOKEN) as answer:
            assert answer.status == 413
    except aiohttp.ClientConnectionError:
        assert await one.sample("comms_http_requests_total", route=path, code="413") == 1
    allowed = LIMITS[limit]
    assert isinstance(allowed, int)
    assert sent_bytes < allowed + 16 * MIB


async def test_a_trickled_body_is_cut(one: RunningApp) -> None:
    """The sender never ends its body, so an answer at all means that it was cut."""
    for path in ("/webhooks/twilio", "/webhooks/whatsapp", "/events", "/logs"):
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode()
        assert (await _answer(one, head, trickle=True)).startswith(b"HTTP/1.1 408 "), path


async def test_honest_senders_are_served_while_many_trickle(one: RunningApp) -> None:
    head = b"POST /events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    slow = [asyncio.create_task(_answer(one, head, trickle=True)) for _ in range(200)]
    for _ in range(20):
        assert (await one.events(GOOD))[0] == 200
    answers = await asyncio.gather(*slow)
    assert {answer[:13] for answer in answers} == {b"HTTP/1.1 408 "}


async def test_packed_events_are_taken(one: RunningApp) -> None:
    packed = gzip.compress(json.dumps(GOOD).encode())
    assert (await one.post("/events", packed, {**TOKEN, "Content-Encoding": "gzip"}))[0] == 200


async def test_packed_nonsense_is_refused(one: RunningApp) -> None:
    for body, status in (
        (gzip.compress(bytes(64 * MIB)), 413),
        (gzip.compress(b"\n") * 65, 400),
        (gzip.compress(b"{}")[:-4], 400),
        (b"not gzip at all", 400),
        (gzip.compress(gzip.compress(b"{}")), 400),
    ):
        answered, text = await one.post("/events", body, {**TOKEN, "Content-Encoding": "gzip"})
        assert answered == status
        assert json.loads(text)["reason"]
        assert (await one.events(GOOD))[0] == 200


async def test_a_hundred_bombs_at_once_take_little_memory(one: RunningApp) -> None:
    bomb = gzip.compress(bytes(64 * MIB))
    headers = {**TOKEN, "Content-Encoding": "gzip"}
    before_bytes = _resident_bytes()
    answers = await asyncio.gather(*(one.post("/events", bomb, headers) for _ in range(100)))
    assert {status for status, _ in answers} == {413}
    assert _resident_bytes() - before_bytes < 256 * MIB


async def test_a_packed_webhook_is_refused(one: RunningApp) -> None:
    for path in ("/webhooks/twilio", "/webhooks/whatsapp"):
        for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip"):
            assert (await one.post(path, b"x", {"Content-Encoding": encoding}))[0] == 415


POISON: dict[str, dict[str, Any] | str] = {
    "nul": {**GOOD, "user": "a\x00b"},
    "nul in a label": {**GOOD, "action": "a\x00b"},
    "lone surrogate": '{"kind":"outcome","action":"\\ud800","amount_usd":"1"}',
    "lone surrogate as bytes": '{"kind":"outcome","action":"\ud800"}',
    "deep": '{"kind":"outcome","action":"x","z":' + "[" * 20_000 + "]" * 20_000 + "}",
    "huge integer": '{"kind":"credit","balance":' + "9" * 5_000 + "}",
    "huge integer in text": '{"kind":"credit","balance":"' + "9" * 5_000 + '"}',
    "huge exponent": {"kind": "credit", "balance": "1e131073"},
    "not a number": {**GOOD, "amount_usd": "NaN"},
    "bare not a number": '{"kind":"credit","balance":NaN}',
    "infinity": {"kind": "level", "name": "queue_depth", "value": 1e308 * 10},
    "year 287000": {**GOOD, "at": "287000-01-01T00:00:00Z"},
    "year 1": {**GOOD, "at": "0001-01-01T00:00:00+14:00"},
    "year 9999": {**GOOD, "at": "9999-12-31T23:59:59-14:00"},
    "30 february": {**GOOD, "at": "2026-02-30T00:00:00Z"},
    "negative count": {"kind": "message", "segments": -1},
    "many tokens": {"kind": "llm", "provider": "x", "model": "y", "usage": {"input_tokens": 2**63}},
    "repeated names": '{"kind":"credit","kind":"outcome","balance":1}',
    "unknown kind": {"kind": "surprise"},
    "no kind": {},
    "number": "17",
    "long id": {**GOOD, "event_id": "x" * 5_000},
    "long text": {**GOOD, "action": "x" * 100_000},
    "invalid utf-8 escape": '{"kind":"outcome","action":"\\u12"}',
}


async def test_poison_is_never_a_5xx_and_stops_no_event_beside_it(one: RunningApp) -> None:
    for name, poison in POISON.items():
        alone, _ = await one.events(poison)
        assert alone in (200, 400), name
        status, report = await one.events(GOOD, poison, GOOD)
        assert status == 200, name
        assert report["accepted"] >= 2, name
        assert report["accepted"] + len(report["rejected"]) == 3, name


async def test_all_poison_at_once_counts_what_is_good(one: RunningApp) -> None:
    lines = [line for poison in POISON.values() for line in (poison, GOOD)]
    status, report = await one.events(*lines)
    assert status == 200
    assert report["accepted"] >= len(POISON)
    parked = await one.rows("SELECT count(*) FROM parked_events")
    assert parked == [(len(report["rejected"]),)]


async def test_a_body_that_holds_no_event_is_never_a_5xx(one: RunningApp) -> None:
    for body in (b"", b"\n\n", b"[", b"]", b"{", b"nonsense", b"\xff\xfe", b"\x00", b"[1,2"):
        for path in ("/events", "/logs"):
            assert (await one.post(path, body, TOKEN))[0] in (200, 400), (path, body)


async def test_a_refused_whatsapp_body_is_parked_once_however_often_it_comes(one: RunningApp) -> None:
    request = whatsapp_request(b"not json")
    for _ in range(3):
        assert (await one.post("/webhooks/whatsapp", request.body, dict(request.headers)))[0] == 400
    assert await one.rows("SELECT reason, raw FROM parked_events") == [("malformed_body", b"not json")]


async def _answer(one: RunningApp, head: bytes, *, trickle: bool = False) -> bytes:
    """What a bare connection is told; with `trickle`, while it sends a byte at a time for ever."""
    reader, writer = await asyncio.open_connection("127.0.0.1", one.app.port)
    writer.write(head)
    trickling = asyncio.create_task(_trickle(writer)) if trickle else None
    try:
        async with asyncio.timeout(60):
            return await reader.read(4_096)
    finally:
        if trickling:
            trickling.cancel()
        writer.close()


async def _trickle(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.05)


def _resident_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024
