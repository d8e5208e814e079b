"""S15: whatever form of an address a tenant gives, nothing inside is connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from exporter.config.webhooks import WebhooksConfig
from exporter.outbound import attempt
from exporter.outbound.attempt import Answer, Caller
from tests.unit.outbound.test_destination import INSIDE

_NAMES = ("localhost", "localhost.", "LOCALHOST", "localhost.localdomain", "ip6-localhost", "canary.inside")
_NUMBERS = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.1",
    "00000177.0.0.1",
    "127.0.0.1.",
    "127.000.000.001",
    "0",
    "0.0.0.0",  # noqa: S104
    "127.127.127.127",
    "127.0.0.1:{port}:80",
    "0x7F.0X0.0x0.0x1",
    "4294967297",
    "[0000::1]",
    "127.0.0.1.nip.invalid",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::1%25lo]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "user@127.0.0.1",
    "user:word@127.0.0.1",
    "example.com@127.0.0.1",
    "127.0.0.1%2f@example.com",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.example.com",
    "127.0.0.1%23.example.com",
    "127.0.0.1\\@example.com",
    "127.0.0.1\t",
    "127.0.0.1%0d%0a",
)
_SCHEMES = ("http", "https", "HTTP", "ftp", "file", "gopher", "unix", "http+unix", "ws", "//")
FORMS = [
    *(f"http://{host}:{{port}}/" for host in (*_NAMES, *_NUMBERS)),
    *(f"{scheme}://127.0.0.1:{{port}}/" for scheme in _SCHEMES),
    "http://127.0.0.1:{port}#@example.com/",
    "http://example.com:{port}@127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http://[127.0.0.1]:{port}/",
]


class Canary:
    """A server inside that counts who connects to it."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0

    async def take(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    one = Canary()
    listening = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    one.port = listening.getsockname()[1]
    server = await asyncio.start_server(one.take, sock=listening)
    yield one
    server.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[str]]]:
    """What names of ours are looked up as, one answer a time; all others as the system does."""
    answers: dict[str, list[str]] = {"canary.inside": ["127.0.0.1"]}
    real = socket.getaddrinfo

    def looked_up(host: str, port: int, *more: Any, **options: Any) -> Any:
        known = answers.get(host)
        if known is not None:
            host = known.pop(0) if len(known) > 1 else known[0]
        return real(host, port, *more, **options)

    monkeypatch.setattr(attempt.socket, "getaddrinfo", looked_up)
    return answers


def reaching(*ports: int, networks: tuple[str, ...] = ()) -> WebhooksConfig:
    return WebhooksConfig(ports=list(ports), allow_http=True, allowed_networks=list(networks))


async def called(url: str, config: WebhooksConfig) -> Answer:
    async with asyncio.timeout(60):
        return await Caller().post(url, b"{}", {}, config)


def test_there_are_sixty_forms_and_more() -> None:
    assert len(set(FORMS)) >= 60


@pytest.mark.parametrize("form", FORMS)
async def test_no_form_of_an_inside_address_is_connected_to(
    canary: Canary, names: dict[str, list[str]], form: str
) -> None:
    answer = await called(form.format(port=canary.port), reaching(canary.port))
    assert answer.status is None
    assert canary.connections == 0


async def test_the_canary_hears_whoever_is_let_through(canary: Canary) -> None:
    """Else the forms above would prove nothing."""
    url = f"http://127.0.0.1:{canary.port}/"
    assert (await called(url, reaching(canary.port, networks=("127.0.0.0/8",)))).status is None
    assert canary.connections == 1


async def test_a_name_that_changes_between_two_looks_is_refused_at_the_second(
    canary: Canary, names: dict[str, list[str]]
) -> None:
    names["rebinding.example"] = ["192.0.2.77", "127.0.0.1"]
    config = reaching(canary.port, networks=("192.0.2.77/32",))
    await called(f"http://rebinding.example:{canary.port}/", config)
    answer = await called(f"http://rebinding.example:{canary.port}/", config)
    assert answer.status is None
    assert canary.connections == 0


@pytest.mark.parametrize("address", [one for one in INSIDE if "%" not in one])
async def test_a_name_of_an_inside_address_gets_no_socket(
    names: dict[str, list[str]], address: str, canary: Canary
) -> None:
    names["outside.example"] = [address]
    answer = await called(f"http://outside.example:{canary.port}/", reaching(canary.port))
    assert answer.status is None
    assert canary.connections == 0


@asynccontextmanager
async def serving(handler: Any) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


LOOPBACK = ("127.0.0.0/8",)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(canary: Canary, status: int) -> None:
    async def redirect(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": f"http://127.0.0.1:{canary.port}/"})

    async with serving(redirect) as port:
        answer = await called(f"http://127.0.0.1:{port}/", reaching(port, canary.port, networks=LOOPBACK))
    assert (answer.status, answer.is_success) == (status, False)
    assert canary.connections == 0


async def test_a_proxy_of_the_environment_is_not_used(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{canary.port}")
    await called("http://192.0.2.1:80/", reaching(80))
    assert canary.connections == 0


async def test_little_of_an_endless_answer_is_read() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 65_536)
            sent += 65_536

    async with serving(endless) as port:
        answer = await called(f"http://127.0.0.1:{port}/", reaching(port, networks=LOOPBACK))
    assert answer.status == 200
    assert sent < 16 * 1024 * 1024


async def test_an_endpoint_that_never_answers_costs_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "_LIMIT_S", 0.2)

    async def silent(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with serving(silent) as port:
        answer = await called(f"http://127.0.0.1:{port}/", reaching(port, networks=LOOPBACK))
        assert (answer.status, answer.is_success) == (None, False)
        assert "Timeout" in answer.detail
