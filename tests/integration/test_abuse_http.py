"""Requests that are no good HTTP, or no request of ours: answered with a 4xx or cut, and the rest goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exporter import listen
from tests.integration.running_app import RunningApp, running_app


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path) as running:
        yield running


async def exchange(one: RunningApp, request: bytes) -> bytes:
    """The first of what a bare connection is told; nothing when it is cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", one.app.port)
    try:
        async with asyncio.timeout(60):
            writer.write(request)
            return await reader.read(4_096)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_an_unknown_path_is_not_found(one: RunningApp) -> None:
    for path in ("/nothing", "/webhooks/nobody", "/metrics/", "//metrics", "/events/1", "/%2e%2e/etc/passwd"):
        status, text = await one.get(path)
        assert (status, json.loads(text)["reason"]) == (404, "not_found"), path


async def test_a_wrong_method_says_which_are_right(one: RunningApp) -> None:
    for method, path in (("GET", "/events"), ("PUT", "/webhooks/twilio"), ("POST", "/metrics")):
        async with one.session.request(method, one.url + path) as answer:
            assert (answer.status, bool(answer.headers["Allow"])) == (405, True)
            assert (await answer.json())["reason"] == "method_not_allowed"


async def test_scanners_make_no_series_of_their_own(one: RunningApp) -> None:
    for number in range(20):
        await one.get(f"/wp-login-{number}.php")
    assert await one.sample("comms_http_requests_total", route="_other", code="404") == 20
    assert "wp-login" not in await one.page()


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
        b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /metrics?" + b"x=y&" * 250_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /events HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /events HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=[
        "many-headers",
        "long-header",
        "long-path",
        "long-query",
        "negative",
        "smuggled",
        "chunk",
        "version",
        "tls",
    ],
)
async def test_no_http_is_refused_or_cut_and_the_next_is_served(one: RunningApp, request_head: bytes) -> None:
    answer = await exchange(one, request_head)
    assert answer == b"" or answer[:10] == b"HTTP/1.1 4" or answer[:10] == b"HTTP/1.0 4", answer[:100]
    assert (await one.get("/-/healthy"))[0] == 200


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /metrics?user=canary" + b"x" * 10_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nAuthorization: Bearer canary" + b"x" * 10_000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nX-canary\x00: y\r\n\r\n",
        b"GET /metrics HTTP/canary\r\n\r\n",
        b"canary /metrics HTTP/1.1\r\n\r\n",
    ],
    ids=["query", "token", "header", "version", "method"],
)
async def test_the_log_does_not_repeat_what_is_no_http(
    one: RunningApp, request_head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    await exchange(one, b"GET /-/healthy HTTP/1.1\r\n\r\n" + request_head)
    assert "canary" not in caplog.text
    assert "a request was no HTTP" in caplog.text


async def test_headers_that_never_end_are_cut(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listen._KEEPALIVE_S <= 15
    monkeypatch.setattr(listen, "_KEEPALIVE_S", 0.5)

    async def trickle(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.1)

    async with running_app(dsn, tmp_path) as one:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.app.port)
        writer.write(b"GET /metrics HTTP/1.1\r\n")
        trickling = asyncio.create_task(trickle(writer))
        async with asyncio.timeout(60):
            assert await reader.read() == b""
        trickling.cancel()
        writer.close()


async def test_whatsapps_handshake_is_answered_to_who_knows_the_word_only(one: RunningApp) -> None:
    path = "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    assert await one.get(path + "canary-verify-token") == (200, "1158201444")
    status, text = await one.get(path + "nonsense")
    assert (status, "1158201444" in text) == (403, False)
