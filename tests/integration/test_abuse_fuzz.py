"""Recorded requests with one thing in them made nasty, signed as if the provider had sent them: never a 5xx."""

from __future__ import annotations

import json
import os
import random
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest

from tests.faults.exporter_process import PUBLIC_URL
from tests.integration.running_app import RunningApp, running_app
from tests.unit.sources.sent import DATA, fixture, twilio_request, whatsapp_request

SEED = int(os.environ.get("COMMS_FAULT_SEED", "1"))
NASTY: tuple[Any, ...] = (
    "\x00",
    "a\x00b",
    "\ud800",
    "\ufeff",
    "",
    " ",
    "'; DROP TABLE events; --",
    "x" * 5_000,
    "9" * 400,
    "-1",
    "1e131073",
    "NaN",
    "287000-01-01T00:00:00Z",
    "99999999999999999",
    "0",
    -1,
    2**63,
    2**200,
    1e308,
    True,
    None,
    [],
    {},
    [[[]]],
)


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path) as running:
        yield running


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from places(tree[key])


def spoiled(text: str, luck: random.Random) -> bytes:
    """The same JSON with one or two of its values made nasty."""
    tree = json.loads(text)
    for _ in range(luck.randint(1, 2)):
        container, key = luck.choice(list(places(tree)))
        container[key] = deepcopy(luck.choice(NASTY))
    return json.dumps(tree).encode()


def damaged(body: bytes, luck: random.Random) -> bytes:
    """The same bytes with one flipped, one gone, or the end cut off."""
    at = luck.randrange(len(body))
    return luck.choice(
        (body[:at], body[:at] + body[at + 1 :], body[:at] + bytes([luck.randrange(256)]) + body[at + 1 :])
    )


async def test_spoiled_whatsapp_notifications_are_answered(one: RunningApp) -> None:
    luck = random.Random(SEED)
    for case in fixture("whatsapp/webhooks.json")["webhooks"]:
        for body in (spoiled(case["body"], luck), damaged(case["body"].encode(), luck)):
            request = whatsapp_request(body)
            status, text = await one.post("/webhooks/whatsapp", body, dict(request.headers))
            assert status in (200, 400), (case["id"], body, text)


async def test_spoiled_twilio_callbacks_are_answered(one: RunningApp) -> None:
    luck = random.Random(SEED)
    words = [word for word in NASTY if isinstance(word, str) and word != "\ud800"]
    for case in fixture("twilio/callbacks.json")["requests"]:
        for _ in range(4):
            fields = dict(parse_qsl(case["body"], keep_blank_values=True))
            if fields:
                fields[luck.choice(list(fields))] = luck.choice(words)
            path = f"/webhooks/twilio?tenant={quote(luck.choice(words)[:600])}"
            request = twilio_request(fields, PUBLIC_URL + path)
            status, text = await one.post(path, request.body, dict(request.headers))
            assert status in (200, 400, 403), (case["id"], fields, text)


async def test_spoiled_events_and_log_lines_are_answered(one: RunningApp) -> None:
    luck = random.Random(SEED)
    lines = (DATA / "track" / "examples.ndjson").read_text().splitlines()
    for line in lines * 12:
        for body in (spoiled(line, luck), damaged(line.encode(), luck)):
            for path in ("/events", "/logs"):
                status, text = await one.post(path, body, {"Authorization": "Bearer canary-event-token"})
                assert status in (200, 400), (body, text)
    assert (await one.get("/metrics"))[0] == 200
