"""Twilio's API as recorded: pages of messages and usage records, a balance, and whatever may come before them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer

DATA = Path(__file__).parents[1] / "data" / "twilio" / "api"
ACCOUNT = "AC" + "a" * 32
TOKEN = "fixtures-fake-auth-token"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
BILL_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Usage/Records/Daily.json"
BALANCE_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Balance.json"


def recorded(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text())


def recorded_pages() -> list[dict[str, Any]]:
    return [recorded(f"messages_page{number}") for number in range(4)]


def page_of(*rows: object, then: str | None = None) -> dict[str, Any]:
    return {"messages": list(rows), "next_page_uri": then}


class Failure(NamedTuple):
    """An answer that is no page."""

    status: int
    body: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012  # never changed


FAILURES = {
    each["id"]: Failure(each["status"], each["body"], each["headers"])
    for each in recorded("error_responses")["responses"]
}


class FakeTwilio:
    """Answers with its failures first, then with its pages and its balance.

    Attributes:
        pages: of messages, by the number in `Page=`.
        bill: pages of usage records, alike.
        failures: each is given once.
        asked: the raw path and query of every request that came.
    """

    def __init__(self) -> None:
        self.pages = recorded_pages()
        self.bill = [recorded("usage_empty")]
        self.balance = recorded("balance")["response"]
        self.failures: list[Failure] = []
        self.asked: list[str] = []
        self.tokens: list[str] = []
        self.good_token = TOKEN
        self.url = ""

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.raw_path)
        token = token_of(request)
        self.tokens.append(token)
        if token != self.good_token:
            return failed(FAILURES["401"])
        if self.failures:
            return failed(self.failures.pop(0))
        if request.path == BALANCE_PATH:
            return web.json_response(self.balance)
        pages = self.bill if request.path == BILL_PATH else self.pages
        return web.json_response(pages[int(request.query.get("Page", 0))])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeTwilio]:
        app = web.Application()
        for path in (PATH, BILL_PATH, BALANCE_PATH):
            app.router.add_get(path, self._answer)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self


def token_of(request: web.Request) -> str:
    """The token that a request of our account carries; empty for another account."""
    proof = request.headers["Authorization"].removeprefix("Basic ")
    login, _, token = base64.b64decode(proof).decode().partition(":")
    return token if login == ACCOUNT else ""


def failed(failure: Failure) -> web.Response:
    headers = {name: value for name, value in failure.headers.items() if name != "Content-Type"}
    return web.Response(
        status=failure.status,
        text=failure.body,
        headers=headers,
        content_type=failure.headers.get("Content-Type", "text/plain"),
    )
