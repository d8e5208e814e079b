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

# Beyond the limit of 5 %, below three times the limit, at which the error budget pages too.
_FAILING_ONE_IN = 8
_MESSAGES_A_STEP = 16
_DELIVERED_A_BATCH = 500
_RECORDED_A_BATCH = 10
_ROUTES = (("default", "sms"), ("default", "whatsapp"), ("acme", "sms"), ("acme", "whatsapp"))
_PAUSE_S = 0.1
_SIGNER = RequestValidator(TWILIO_TOKEN)
_PUBLIC = "https://exporter.example.com"

USAGE_SCAN = {"name": "sms-usage", "profile": "sms_usage_logs", "set": {"tenant": "acme"}, "interval_s": "2s"}
"""The scan of `Traffic.usage_table`."""
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

    async def recorded_among_delivered(self) -> list[int]:
        """Every recorded webhook as its provider signed it; the answer is the status of each post.

        So many delivered messages come in between that the recorded failures are few in any window of any rule,
        however slow the machine is.
        """
        answers = await self._delivered_everywhere()
        for number, post in enumerate([*_recorded_twilio(), *_recorded_whatsapp()], start=1):
            answers.append(await self.post(*post))
            if number % _RECORDED_A_BATCH == 0:
                answers += await self._delivered_everywhere()
        return answers

    async def _delivered_everywhere(self) -> list[int]:
        number = next(self._numbers)
        return [await self.events(*_delivered(*route, number)) for route in _ROUTES]

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

    async def events(self, *events: dict[str, Any]) -> int:
        return await self.post("/events", "\n".join(map(json.dumps, events)).encode())

    async def usage_table(self) -> None:
        """The table of USAGE_SCAN."""
        connection = await asyncpg.connect(self._exporter.dsn)
        try:
            await connection.execute(_USAGE_TABLE)
            await connection.execute(_USAGE_ROWS)
        finally:
            await connection.close()

    async def flow(self) -> None:
        """Messages until cancelled: sent, ended, answered.

        The application tells of many at once, so that the share of those that fail is the same in any window.
        """
        while True:
            number = next(self._numbers)
            for status in ("sent", self._end_of(number)):
                assert await self.post("/webhooks/twilio", *_callback(number, status)) == 200
            ends = [step(f"{number}-{one}", self._end_of(one)) for one in range(_MESSAGES_A_STEP)]
            times = {"response_seconds": 0.9, "processing_seconds": 10 if self.slow else 0.2}
            assert (
                await self.events(*ends, step(f"in-{number}", "received", direction="inbound", **times))
                == 200
            )
            await asyncio.sleep(_PAUSE_S)

    def _end_of(self, number: int) -> str:
        return "undelivered" if self.failing and number % _FAILING_ONE_IN == 0 else "delivered"


def step(message_id: str, status: str, **fields: object) -> dict[str, Any]:
    """A step of an SMS of ours, or whatever the fields say, for POST /events."""
    route = {"kind": "message", "channel": "sms", "provider": "twilio", "direction": "outbound"}
    return {**route, "message_id": message_id, "status": status, **fields}


def _delivered(tenant: str, channel: str, batch: int) -> Iterator[dict[str, Any]]:
    for number in range(_DELIVERED_A_BATCH):
        yield step(f"{tenant}-{channel}-{batch}-{number}", "delivered", tenant=tenant, channel=channel)


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
