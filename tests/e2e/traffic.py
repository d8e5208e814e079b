"""What reaches the exporter: the recorded fixtures, our own events, a database table, and a steady flow of messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
import asyncpg
from twilio.request_validator import RequestValidator

from tests.faults.exporter_process import ExporterProcess
from tests.unit.sources.sent import DATA, TWILIO_TOKEN, TWILIO_URL, fixture

FAILING_ONE_IN = 5
_GOOD_MESSAGES = 2_000
_ROUTES = (("default", "sms"), ("default", "whatsapp"), ("acme", "sms"), ("acme", "whatsapp"))
_PAUSE_S = 0.1
_SIGNER = RequestValidator(TWILIO_TOKEN)
_PUBLIC = "https://exporter.example.com"

_USAGE_TABLE = (files("exporter.demo") / "sql" / "create_usage.sql").read_text()
_USAGE_ROWS = """
INSERT INTO sms_usage_logs (user_id, phone_number, message_direction, message_length, processing_time_ms)
SELECT n, '+15005550006', 'outbound', 40, 120 FROM generate_series(1, 30) AS n
"""


class Traffic:
    """Everybody who sends to one exporter.

    Attributes:
        failing: whether some of the steady messages fail.
        slow: whether the application takes ten seconds to handle one.
    """

    def __init__(self, exporter: ExporterProcess, session: aiohttp.ClientSession) -> None:
        self.failing = False
        self.slow = False
        self._exporter = exporter
        self._session = session
        self._numbers = count(1)

    async def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        async with self._session.post(self._exporter.url + path, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status

    async def recorded(self) -> list[int]:
        """Every recorded webhook as its provider signed it; the answer is the status of each."""
        posts = [*_recorded_twilio(), *_recorded_whatsapp()]
        return [await self.post(*post) for post in posts]

    async def forged(self) -> int:
        """A webhook that nobody signed."""
        return await self.post("/webhooks/twilio", b"MessageSid=SM1&MessageStatus=sent")

    async def torn(self) -> int:
        """A webhook that WhatsApp signed but that ends in the middle."""
        torn = fixture("whatsapp/negative.json")["cases"]
        case = next(case for case in torn if case["id"] == "json.truncated")
        return await self.post("/webhooks/whatsapp", case["body"].encode(), case["headers"])

    async def examples(self) -> int:
        """One event of each kind of our own schema."""
        return await self.post("/events", (DATA / "track" / "examples.ndjson").read_bytes())

    async def good_hour(self) -> list[int]:
        """So many delivered messages that the recorded failures, and those to come, are few among them."""
        return [await self.events(*_delivered(tenant, channel)) for tenant, channel in _ROUTES]

    async def events(self, *events: dict[str, Any]) -> int:
        return await self.post("/events", "\n".join(map(json.dumps, events)).encode())

    async def usage_table(self) -> None:
        """The table that the exporter is set to scan."""
        connection = await asyncpg.connect(self._exporter.dsn)
        try:
            await connection.execute(_USAGE_TABLE)
            await connection.execute(_USAGE_ROWS)
        finally:
            await connection.close()

    async def flow(self) -> None:
        """Messages one after the other until cancelled: sent, ended, answered."""
        while True:
            number = next(self._numbers)
            fails = self.failing and number % FAILING_ONE_IN == 0
            for status in ("sent", "undelivered" if fails else "delivered"):
                assert await self.post("/webhooks/twilio", *_callback(number, status)) == 200
            times = {"response_seconds": 0.9, "processing_seconds": 10 if self.slow else 0.2}
            assert await self.events(_step(f"in-{number}", "received", direction="inbound", **times)) == 200
            await asyncio.sleep(_PAUSE_S)


def _step(message_id: str, status: str, **fields: object) -> dict[str, Any]:
    route = {"kind": "message", "channel": "sms", "provider": "twilio", "direction": "outbound"}
    return {**route, "message_id": message_id, "status": status, **fields}


def _delivered(tenant: str, channel: str) -> Iterator[dict[str, Any]]:
    for number in range(_GOOD_MESSAGES):
        yield _step(f"{tenant}-{channel}-{number}", "delivered", tenant=tenant, channel=channel)


def _callback(number: int, status: str) -> tuple[bytes, dict[str, str]]:
    """A recorded status callback told of another message, and signed as Twilio does."""
    recorded = fixture("twilio/sequences.json")["sequences"][0]["steps"][0]
    sid = f"SM{number:032x}"
    fields = {
        **dict(parse_qsl(recorded["body"])),
        **{"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status},
        **({"ErrorCode": "30003"} if status == "undelivered" else {}),
    }
    signature = _SIGNER.compute_signature(TWILIO_URL, fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return urlencode(fields).encode(), headers


def _recorded_twilio() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    for request in fixture("twilio/callbacks.json")["requests"]:
        yield request["url"].removeprefix(_PUBLIC), request["body"].encode(), request["headers"]
    for sequence in fixture("twilio/sequences.json")["sequences"]:
        for step in sequence["steps"]:
            yield step["url"].removeprefix(_PUBLIC), step["body"].encode(), step["headers"]


def _recorded_whatsapp() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    for webhook in fixture("whatsapp/webhooks.json")["webhooks"]:
        yield "/webhooks/whatsapp", webhook["body"].encode(), webhook["headers"]
    for sequence in fixture("whatsapp/sequences.json")["sequences"]:
        for step in sequence["steps"]:
            yield "/webhooks/whatsapp", step["body"].encode(), step["headers"]


@asynccontextmanager
async def traffic_to(exporter: ExporterProcess) -> AsyncIterator[Traffic]:
    """Senders with one connection pool, closed when the block ends."""
    async with aiohttp.ClientSession() as session:
        yield Traffic(exporter, session)
