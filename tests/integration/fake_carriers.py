"""Those who carry pages: Twilio's messages and calls, a mail server, and an Alertmanager that takes silences."""

from __future__ import annotations

import asyncio
import email
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.fake_twilio import FAILURES, Failure, failed, recorded, token_of

ROW = recorded("messages_page0")["messages"][0]
REFUSED = Failure(
    400, '{"code": 21211, "message": "Invalid To", "status": 400}', {"Content-Type": "application/json"}
)
DOWN = FAILURES["503_html"]
_numbers = itertools.count(1)


class FakeCarriers:
    """Takes SMS, calls, mails and silences, and remembers them.

    Attributes:
        failures: answers to the next requests that send something, one each.
        answers: set while an SMS that was sent is answered for.
        loses_answers: an SMS is sent, but its sender hears an error.
        refused: numbers that take no SMS.
        outcomes: what becomes of calls, by number.
        trouble: what every request that sends something is answered, while there is any.
    """

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.mails: list[Any] = []
        self.silences: list[dict[str, Any]] = []
        self.failures: list[Failure] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self.loses_answers = False
        self.refused: set[str] = set()
        self.outcomes: dict[str, str] = {}
        self.trouble: Failure | None = None
        self.looked_up = 0
        self.url = ""
        self.smtp = ""

    def texts_to(self, number: str) -> list[str]:
        return [sent["body"] for sent in self.messages if sent["to"] == number]

    async def _send(self, request: web.Request) -> web.Response:
        form = await request.post()
        if answer := self._trouble(request, str(form["To"])):
            return answer
        now = format_datetime(datetime.now(UTC))
        changed = {"to": form["To"], "body": form["Body"], "status": "queued", "date_sent": now}
        origin = {"from": form.get("From"), "messaging_service_sid": form.get("MessagingServiceSid")}
        sid = f"SM{next(_numbers):032x}"
        self.messages.append({**ROW, **changed, **origin, "sid": sid, "callback": form["StatusCallback"]})
        await self.answers.wait()
        if self.loses_answers:
            return failed(FAILURES["503_html"])
        return web.json_response(self.messages[-1], status=201)

    async def _list(self, request: web.Request) -> web.Response:
        self.looked_up += 1
        found = [sent for sent in self.messages if sent["to"] == request.query["To"]]
        return web.json_response({"messages": found[::-1], "next_page_uri": None})

    async def _call(self, request: web.Request) -> web.Response:
        form = await request.post()
        if answer := self._trouble(request, ""):
            return answer
        sid = f"CA{next(_numbers):032x}"
        self.calls.append({"sid": sid, "to": form["To"], "from": form["From"], "twiml": form["Twiml"]})
        return web.json_response({"sid": sid, "status": "queued"}, status=201)

    async def _called(self, request: web.Request) -> web.Response:
        (call,) = (call for call in self.calls if call["sid"] == request.match_info["sid"])
        return web.json_response({"sid": call["sid"], "status": self.outcomes.get(call["to"], "ringing")})

    def _trouble(self, request: web.Request, number: str) -> web.Response | None:
        if token_of(request) == "":
            return failed(FAILURES["401"])
        if self.trouble:
            return failed(self.trouble)
        if self.failures:
            return failed(self.failures.pop(0))
        return failed(REFUSED) if number in self.refused else None

    async def _silence(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.silences.append({**asked, "status": {"state": "active"}})
        return web.json_response({"silenceID": str(len(self.silences))})

    async def _silences(self, request: web.Request) -> web.Response:
        return web.json_response(self.silences)

    async def _mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The least that a mail server says."""
        writer.write(b"220 fake\r\n")
        while line := await reader.readline():
            word = line.split(b":")[0].split()[0].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append(email.message_from_bytes(await reader.readuntil(b"\r\n.\r\n")))
            writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            await writer.drain()
            if word == b"QUIT":
                break
        writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeCarriers]:
        app = web.Application()
        account = "/2010-04-01/Accounts/{account}"
        app.router.add_post(f"{account}/Messages.json", self._send)
        app.router.add_get(f"{account}/Messages.json", self._list)
        app.router.add_post(f"{account}/Calls.json", self._call)
        app.router.add_get(f"{account}/Calls/{{sid}}.json", self._called)
        app.router.add_post("/api/v2/silences", self._silence)
        app.router.add_get("/api/v2/silences", self._silences)
        async with TestServer(app) as server, await asyncio.start_server(self._mail, "127.0.0.1", 0) as mail:
            self.url = str(server.make_url("")).rstrip("/")
            self.smtp = f"smtp://127.0.0.1:{mail.sockets[0].getsockname()[1]}"
            yield self
