"""Where a mail server is, and what its refusals mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.carriers.hand_over import HandOverFailed, HandOverRefused
from exporter.paging.mail import MailServer, mail_server, send_mail


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, False, None, None)),
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, True, None, None)),
        ("smtp://u%40x:p%3A@mail:2525", MailServer("mail", 2525, False, "u@x", "p:")),
    ],
)
def test_the_parts_of_a_url(url: str, server: MailServer) -> None:
    assert mail_server(url) == server


@asynccontextmanager
async def answering(recipient: bytes) -> AsyncIterator[MailServer]:
    """A server that says this to every recipient."""

    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 fake\r\n")
        while line := await reader.readline():
            writer.write(recipient if line.upper().startswith(b"RCPT") else b"250 ok\r\n")
            await writer.drain()
        writer.close()
        gone.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield MailServer("127.0.0.1", server.sockets[0].getsockname()[1], False, None, None)
        # The client closes its connection, whatever it was told.
        await asyncio.wait_for(gone.wait(), 10)


async def send(server: MailServer) -> None:
    await send_mail(server, "p@example.com", "a@example.com", "subject", "text")


async def test_a_refused_address_is_refused_for_good() -> None:
    async with answering(b"550 nobody\r\n") as server:
        with pytest.raises(HandOverRefused, match="answered 550"):
            await send(server)


async def test_a_busy_server_is_asked_again() -> None:
    async with answering(b"451 later\r\n") as server:
        with pytest.raises(HandOverFailed) as failed:
            await send(server)
    assert not failed.value.unsure


async def test_a_password_is_never_sent_without_tls() -> None:
    async with answering(b"250 ok\r\n") as server:
        with pytest.raises(HandOverFailed):
            await send(server._replace(user="u", password="canary"))


async def test_no_server_is_no_answer() -> None:
    with pytest.raises(HandOverFailed, match="no answer from the mail server"):
        await send(MailServer("127.0.0.1", 1, False, None, None))
